using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Lists data sources.</summary>
[Cmdlet(VerbsCommon.Get, "OmsDataSource")]
[OutputType(typeof(DataSource))]
public sealed class GetOmsDataSourceCommand : ByPatternCmdlet<DataSource>
{
    /// <summary>Data source identifiers; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DataSourceNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    private protected override string[] Patterns => Name;

    private protected override IReadOnlyList<DataSource> All() => Engine.GetDataSources();

    private protected override DataSource One(string name) => Engine.GetDataSource(name);

    private protected override string NameOf(DataSource item) => item.Name;
}
