using System.Management.Automation;
using System.Net;

namespace Oms.PowerShell;

/// <summary>Adds a data source: a server with the account that migrates. No connection is made; Test-OmsDataSource makes one.</summary>
[Cmdlet(VerbsCommon.New, "OmsDataSource", SupportsShouldProcess = true)]
[OutputType(typeof(DataSource))]
public sealed class NewOmsDataSourceCommand : OmsCmdlet
{
    private const int ServerPort = 3306, OceanBaseProxyPort = 2883;

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

    /// <summary>TCP port; 3306, or 2883 (ODP) on OceanBase, when not given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>The account; on OceanBase the user name is <c>user@tenant#cluster</c>.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential Credential { get; set; } = PSCredential.Empty;

    /// <summary>When the connection is encrypted.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TlsMode Tls { get; set; }

    /// <summary>The certificates (PEM) that <see cref="Tls"/> VerifyCA and VerifyFull trust.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? TlsCaFile { get; set; }

    /// <summary>The default database of the connection.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Database { get; set; }

    /// <summary>Free text.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Remarks { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var definition = new DataSource
        {
            Name = Name,
            Type = Type,
            Region = Region,
            Host = HostName,
            Port = Port ?? (Type == DataSourceType.OceanBase ? OceanBaseProxyPort : ServerPort),
            // Not GetNetworkCredential: it would take OceanBase's user@tenant apart.
            User = Credential.UserName,
            Database = Database,
            Tls = Tls,
            TlsCaFile = TlsCaFile is null ? null : GetUnresolvedProviderPathFromPSPath(TlsCaFile),
            Remarks = Remarks,
        };
        if (ShouldProcess($"data source {Name} ({definition.User} at {definition.Host}:{definition.Port}, region {Region})", "Add"))
            Attempt(Name, () => WriteObject(Engine.AddDataSource(definition, new NetworkCredential("", Credential.Password).Password)));
    }
}
