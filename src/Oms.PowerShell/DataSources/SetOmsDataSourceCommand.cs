using System.Management.Automation;
using System.Net;

namespace Oms.PowerShell;

/// <summary>Changes how data sources are reached. What is not given stays; links that run go on with new connections, and those that wait
/// because their log-in is refused go on.</summary>
[Cmdlet(VerbsCommon.Set, "OmsDataSource", SupportsShouldProcess = true)]
[OutputType(typeof(DataSource))]
public sealed class SetOmsDataSourceCommand : DataSourceDefinitionCmdlet
{
    /// <summary>Data source identifiers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DataSourceNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The account and its new password.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Host name or address.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Host")]
    public string? HostName { get; set; }

    /// <summary>The kind of server; only while no project names the data source.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public DataSourceType? Type { get; set; }

    /// <summary>The region that the server stands in; only while no project names the data source.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>Emits the data source as it is now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
            Attempt(name, () => Process(name));
    }

    private void Process(string name)
    {
        var existing = Engine.GetDataSource(name);
        // Looked at first, so that what can't be is refused under -WhatIf too.
        var changed = OmsEngine.CheckDataSource(Change(existing));
        if (
            !ShouldProcess(
                $"data source {existing.Name} ({changed.User} at {changed.Host}:{changed.Port}, region {changed.Region})",
                "Change"
            )
        )
            return;
        var result = Engine.SetDataSource(
            name,
            Change,
            Credential is { } credential ? new NetworkCredential("", credential.Password).Password : null
        );
        if (PassThru)
            WriteObject(result);
    }

    private DataSource Change(DataSource dataSource) =>
        WithGiven(
            dataSource with
            {
                Host = HostName ?? dataSource.Host,
                Type = Type ?? dataSource.Type,
                Region = Region ?? dataSource.Region,
                User = Credential?.UserName ?? dataSource.User,
            }
        );
}
