namespace Oms.Hosting;

/// <summary>
/// What a person can do with the host, by name, to be written into a remedy: <c>$"Start it with {HostCommand.StartLink}."</c>. The text
/// holds the name (<c>«StartLink»</c>), in the metadata too, until the host that shows it words it: <see cref="HostWords"/>.
/// </summary>
public sealed record HostCommand
{
    internal const char Begins = '«',
        Ends = '»',
        Separates = '|';

    private HostCommand(HostAction action, params string?[] arguments) =>
        (Action, Arguments) = (action, [.. arguments.TakeWhile(a => a is not null).Select(a => a!)]);

    public HostAction Action { get; }

    /// <summary>As <see cref="Action"/> tells; those that are not known are not there.</summary>
    public IReadOnlyList<string> Arguments { get; }

    public static HostCommand ShowLinks { get; } = new(HostAction.ShowLinks);
    public static HostCommand StartLink { get; } = new(HostAction.StartLink);
    public static HostCommand StartLinkInSession { get; } = new(HostAction.StartLinkInSession);
    public static HostCommand ResumeLink { get; } = new(HostAction.ResumeLink);
    public static HostCommand WaitLimit { get; } = new(HostAction.WaitLimit);
    public static HostCommand SkipDdl { get; } = new(HostAction.SkipDdl);
    public static HostCommand ShowConflicts { get; } = new(HostAction.ShowConflicts);
    public static HostCommand Precheck { get; } = new(HostAction.Precheck);
    public static HostCommand ListDataSources { get; } = new(HostAction.ListDataSources);
    public static HostCommand ListProjects { get; } = new(HostAction.ListProjects);
    public static HostCommand RunProjectFile { get; } = new(HostAction.RunProjectFile);

    public static HostCommand ChooseVersion(string project) => new(HostAction.ChooseVersion, project);

    public static HostCommand MoveSource(string project) => new(HostAction.MoveSource, project);

    public static HostCommand StopLink(string? project = null) => new(HostAction.StopLink, project);

    public static HostCommand WaitForSchema(string project) => new(HostAction.WaitForSchema, project);

    public static HostCommand ShowClashes(string project) => new(HostAction.ShowClashes, project);

    public static HostCommand ChangeDataSource(string? dataSource = null, string? property = null, string? value = null) =>
        new(HostAction.ChangeDataSource, dataSource, property, value);

    public static HostCommand DataSourceOption(string property, string? value = null) => new(HostAction.DataSourceOption, property, value);

    public static HostCommand GivePassword(string? dataSource = null, string? user = null) =>
        new(HostAction.GivePassword, dataSource, user);

    public static HostCommand RemoveProject(string project) => new(HostAction.RemoveProject, project);

    public static HostCommand ProjectOption(string property, string? value = null) => new(HostAction.ProjectOption, property, value);

    public static HostCommand ProjectMapping(string property, string from, string to) => new(HostAction.ProjectMapping, property, from, to);

    /// <summary>The name and the arguments, as a text carries them.</summary>
    public override string ToString() =>
        Arguments.Count == 0
            ? $"{Begins}{Action}{Ends}"
            : $"{Begins}{Action} {string.Join(Separates, Arguments.Select(Uri.EscapeDataString))}{Ends}";

    /// <summary>Reads what <see cref="ToString"/> wrote between the marks; null: it is other text.</summary>
    internal static HostCommand? Find(string name, string arguments) =>
        Enum.TryParse<HostAction>(name, out var action) && Enum.IsDefined(action)
            ? new HostCommand(action, arguments.Length == 0 ? [] : [.. arguments.Split(Separates).Select(Uri.UnescapeDataString)])
            : null;
}
