using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Lists projects.</summary>
[Cmdlet(VerbsCommon.Get, "OmsProject")]
[OutputType(typeof(Project))]
public sealed class GetOmsProjectCommand : ByPatternCmdlet<Project>
{
    /// <summary>Project names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Project")]
    [ArgumentCompleter(typeof(ProjectNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    private protected override string[] Patterns => Name;

    private protected override IReadOnlyList<Project> All() => Engine.GetProjects();

    private protected override Project One(string name) => Engine.GetProject(name);

    private protected override string NameOf(Project item) => item.Name;
}
