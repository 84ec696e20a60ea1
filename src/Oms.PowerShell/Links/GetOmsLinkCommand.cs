using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Shows what links are doing, whichever process of the user runs them.</summary>
[Cmdlet(VerbsCommon.Get, "OmsLink")]
[OutputType(typeof(LinkStatus))]
public sealed class GetOmsLinkCommand : ByPatternCmdlet<LinkStatus>
{
    /// <summary>Project names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Project")]
    [ArgumentCompleter(typeof(ProjectNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    private protected override string[] Patterns => Name;

    private protected override IReadOnlyList<LinkStatus> All() => Engine.GetLinks();

    private protected override LinkStatus One(string name) => Engine.GetLink(name);

    private protected override string NameOf(LinkStatus item) => item.Project;
}
