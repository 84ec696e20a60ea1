using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>A cmdlet that defines a data source or changes its definition: the parameters that both take, none of which must be
/// given.</summary>
public abstract class DataSourceDefinitionCmdlet : OmsCmdlet
{
    private bool _isTlsNamed;

    /// <summary>TCP port; 3306, or 2883 (ODP) on OceanBase, when a new data source has none.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>When the connection is encrypted.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TlsMode? Tls { get; set; }

    /// <summary>The certificates (PEM) to trust; the server's is then checked whenever the connection is encrypted.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? TlsCaFile { get; set; }

    /// <summary>The SHA-256 of the server's certificate: that one alone is accepted.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? TlsFingerprint { get; set; }

    /// <summary>The server's RSA public key (PEM), for SHA-256 passwords without TLS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ServerPublicKeyFile { get; set; }

    /// <summary>To whom the password itself is sent where the account's kind of authentication asks for it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public ServerTrust? TrustServer { get; set; }

    /// <summary>The default database of the connection.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Database { get; set; }

    /// <summary>Free text.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Remarks { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _isTlsNamed = MyInvocation.BoundParameters.ContainsKey(nameof(Tls));

    /// <summary>A definition with what was given; an empty text takes away what was there.</summary>
    private protected DataSource WithGiven(DataSource definition) =>
        definition with
        {
            Port = Port ?? definition.Port,
            Tls = Tls ?? definition.Tls,
            // Who names the mode on the command line begins anew; a data source that comes through the pipeline names it always.
            TlsSeen = _isTlsNamed ? null : definition.TlsSeen,
            TlsCaFile = TlsCaFile is null ? definition.TlsCaFile : FullPath(TlsCaFile),
            TlsFingerprint = TlsFingerprint ?? definition.TlsFingerprint,
            ServerPublicKeyFile = ServerPublicKeyFile is null ? definition.ServerPublicKeyFile : FullPath(ServerPublicKeyFile),
            TrustServer = TrustServer ?? definition.TrustServer,
            Database = Database ?? definition.Database,
            Remarks = Remarks ?? definition.Remarks,
        };

    private string FullPath(string path) => path.Length == 0 ? path : GetUnresolvedProviderPathFromPSPath(path);
}
