using System.Management.Automation;
using System.Net;

namespace Oms.PowerShell;

/// <summary>Adds a data source: a server with the account that migrates. No connection is made; Test-OmsDataSource makes one.</summary>
[Cmdlet(VerbsCommon.New, "OmsDataSource", SupportsShouldProcess = true)]
[OutputType(typeof(DataSource))]
public sealed class NewOmsDataSourceCommand : DataSourceDefinitionCmdlet
{
    private const int ServerPort = 3306,
        OceanBaseProxyPort = 2883;

    /// <summary>The data source identifier: unique, 1–32 characters, no spaces.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    /// <summary>The kind of server.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public DataSourceType Type { get; set; }

    /// <summary>The region that the server stands in.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string Region { get; set; } = "";

    /// <summary>Host name or address.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Host")]
    public string HostName { get; set; } = "";

    /// <summary>The account; on OceanBase the user name is <c>user@tenant#cluster</c>.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential Credential { get; set; } = PSCredential.Empty;

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        Attempt(
            Name,
            () =>
            {
                var definition = OmsEngine.CheckDataSource(
                    WithGiven(
                        new DataSource
                        {
                            Name = Name,
                            Type = Type,
                            Region = Region,
                            Host = HostName,
                            Port = Type == DataSourceType.OceanBase ? OceanBaseProxyPort : ServerPort,
                            // Not GetNetworkCredential: it would take OceanBase's user@tenant apart.
                            User = Credential.UserName,
                        }
                    )
                );
                if (ShouldProcess($"data source {Name} ({definition.User} at {definition.Host}:{definition.Port}, region {Region})", "Add"))
                    WriteObject(Engine.AddDataSource(definition, new NetworkCredential("", Credential.Password).Password));
            }
        );
}
