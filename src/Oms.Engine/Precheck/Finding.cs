namespace Oms.Precheck;

/// <summary>What a check found, before it is known which project it was made for.</summary>
internal sealed record Finding(string Name, string Target, PrecheckResult Result, string Detail, string? Remedy = null)
{
    public static Finding Passed(string name, string target, string detail) => new(name, target, PrecheckResult.Passed, detail);

    public static Finding Warning(string name, string target, string detail, string remedy) =>
        new(name, target, PrecheckResult.Warning, detail, remedy);

    public static Finding Failed(string name, string target, string detail, string remedy) =>
        new(name, target, PrecheckResult.Failed, detail, remedy);

    /// <summary>Passed, unless there are faults.</summary>
    public static Finding Each(string name, string target, string passed, IEnumerable<string> faults, string remedy)
    {
        var found = faults.ToList();
        return found.Count == 0 ? Passed(name, target, passed) : Failed(name, target, $"{string.Join(". ", found)}.", remedy);
    }

    public PrecheckItem For(string project) =>
        new()
        {
            Project = project,
            Name = Name,
            Target = Target,
            Result = Result,
            Detail = Detail,
            Remedy = Remedy,
        };
}
