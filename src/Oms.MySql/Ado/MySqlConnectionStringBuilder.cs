using System.Collections.Frozen;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Authentication;

namespace Oms.MySql;

/// <summary>How a connection uses TLS.</summary>
public enum MySqlSslMode
{
    /// <summary>Never.</summary>
    None,

    /// <summary>
    /// When the server offers it, which whoever sits between can deny; a certificate that can't be verified is taken, but never trusted
    /// with the password itself. Not over a Unix socket.
    /// </summary>
    Preferred,

    /// <summary>Always; a certificate that can't be verified is taken, but never trusted with the password itself.</summary>
    Required,

    /// <summary>Always; the certificate must come from an authority in <see cref="MySqlConnectionStringBuilder.SslCa"/> or, without it, be
    /// as with <see cref="VerifyFull"/>: the system's authorities sign for anybody.</summary>
    VerifyCA,

    /// <summary>As <see cref="VerifyCA"/>, and the certificate must name the host.</summary>
    VerifyFull,
}

/// <summary>What protects a connection.</summary>
public enum MySqlProtection
{
    /// <summary>Nothing: whoever sits between reads and changes what he likes.</summary>
    None,

    /// <summary>TLS with a certificate that was not proven to be the server's: safe from who only listens.</summary>
    Encrypted,

    /// <summary>TLS with a certificate that was: it comes from a trusted authority, or is the pinned one.</summary>
    Verified,

    /// <summary>It does not leave this machine.</summary>
    UnixSocket,
}

/// <summary>By which way a server is reached.</summary>
public enum MySqlConnectionProtocol
{
    /// <summary>TCP, unless Server is an absolute path: then a Unix socket.</summary>
    Tcp,

    /// <summary>A Unix socket; Server is its path.</summary>
    UnixSocket,
}

/// <summary>
/// The options of a connection, by MySqlConnector's names. Keys are read without regard to case and spaces. <c>ToString()</c> and
/// <c>ConnectionString</c> contain the password, as with every ADO.NET provider: never log them.
/// </summary>
[SuppressMessage("Design", "CA1010", Justification = "DbConnectionStringBuilder is the collection that it is.")]
public sealed class MySqlConnectionStringBuilder : DbConnectionStringBuilder
{
    private readonly record struct Option(string Key, Func<object, object> Normalize, params string[] Aliases);

    private static readonly Option[] s_options =
    [
        new("Server", Text, "Host", "DataSource", "Address", "Addr"),
        new("Port", Integer(1, 65535)),
        new("User ID", Text, "Uid", "Username", "User"),
        new("Password", Text, "Pwd"),
        new("Database", Text, "InitialCatalog"),
        new("SSL Mode", Enumeration<MySqlSslMode>),
        new("SSL CA", Text, "CACertificateFile"),
        new("SSL Cert", Text),
        new("SSL Key", Text),
        new("SSL Fingerprint", Fingerprint),
        new("Trust Server Certificate", v => ReadBoolean(v)),
        new("TLS Version", TlsVersions),
        new("Connection Timeout", Integer(0, 86_400), "ConnectTimeout"),
        new("Default Command Timeout", Integer(0, 2_000_000), "CommandTimeout"),
        new("Pooling", v => ReadBoolean(v)),
        new("Maximum Pool Size", Integer(1, 100_000), "MaxPoolSize"),
        new("Minimum Pool Size", Integer(0, 100_000), "MinPoolSize"),
        new("Connection Idle Timeout", Integer(0, 2_000_000)),
        new("Connection Life Time", Integer(0, 2_000_000)),
        new("Connection Reset", v => ReadBoolean(v)),
        new("Cancellation Timeout", Integer(1, 3600)),
        new("Connection Protocol", Enumeration<MySqlConnectionProtocol>, "Protocol"),
        new("Allow Public Key Retrieval", v => ReadBoolean(v)),
        new("Server RSA Public Key File", Text),
        new("Enable Cleartext Plugin", v => ReadBoolean(v)),
        new("Allow Load Local Infile", v => ReadBoolean(v)),
        new("Allow Batch", v => ReadBoolean(v)),
        new("Allow User Variables", v => ReadBoolean(v)),
        new("Use Affected Rows", v => ReadBoolean(v)),
        new("Treat Tiny As Boolean", v => ReadBoolean(v)),
        new("Convert Zero DateTime", v => ReadBoolean(v)),
        new("DateTime Kind", Enumeration<DateTimeKind>),
        new("GUID Format", Enumeration<MySqlGuidFormat>),
        new("Character Set", Utf8mb4, "CharSet"),
        new("Ignore Prepare", v => ReadBoolean(v)),
        new("Application Name", Text, "ProgramName"),
        new("Keepalive", Integer(0, 86_400), "KeepAliveInterval"),
        new("Liveness Probe", Integer(0, 86_400)),
        new("Persist Security Info", v => ReadBoolean(v)),
    ];

    // Options of MySqlConnector that are not here, and what to do instead.
    private static readonly FrozenDictionary<string, string> s_refused = new Dictionary<string, string>
    {
        ["AllowZeroDateTime"] = "there is no type for a zero date. Read it as text (GetString, GetValue), or set ConvertZeroDateTime.",
        ["OldGuids"] = "use GuidFormat.",
        ["UseCompression"] = "packets are not compressed.",
        ["CompressionAlgorithms"] = "packets are not compressed.",
        ["LoadBalance"] = "Server names one server. Use a proxy, or a name that resolves to the server that is meant.",
        ["ServerRedirectionMode"] = "a connection stays with the server that it was opened to.",
        ["CertificateFile"] = "give a client's certificate and its key as PEM files (SslCert, SslKey).",
        ["CertificatePassword"] = "give a client's certificate and its key as PEM files (SslCert, SslKey).",
        ["CertificateStoreLocation"] = "give a client's certificate and its key as PEM files (SslCert, SslKey).",
        ["CertificateThumbprint"] = "give a client's certificate and its key as PEM files (SslCert, SslKey).",
        ["TlsCipherSuites"] = "the system's policy chooses the cipher suites.",
        ["PipeName"] = "named pipes are not supported. Use TCP.",
        ["AutoEnlist"] = "ambient transactions (System.Transactions) are not supported. Use BeginTransaction.",
        ["UseXaTransactions"] = "ambient transactions (System.Transactions) are not supported. Use BeginTransaction.",
        ["InteractiveSession"] = "the server's wait_timeout holds. Set it in the session.",
        ["NoBackslashEscapes"] = "the session's sql_mode is known from the server.",
        ["Pipelining"] = "it has no use here.",
        ["DnsCheckInterval"] = "a name is resolved for each new session. Let them end with ConnectionLifeTime.",
        ["ServerSPN"] = "Kerberos is not supported.",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, Option> s_byName = s_options
        .SelectMany(o => o.Aliases.Prepend(o.Key).Select(name => (Name: Compact(name), Option: o)))
        .ToFrozenDictionary(p => p.Name, p => p.Option, StringComparer.OrdinalIgnoreCase);

    public MySqlConnectionStringBuilder() { }

    /// <exception cref="ArgumentException">An unknown option, or a value that is not one of its kind.</exception>
    public MySqlConnectionStringBuilder(string? connectionString) => ConnectionString = connectionString;

    /// <summary>Host name, address, or the absolute path of a Unix socket. Default: localhost (over TCP).</summary>
    public string Server
    {
        get => Get("Server", "localhost");
        set => base["Server"] = value;
    }

    /// <summary>TCP port. Default: 3306.</summary>
    public uint Port
    {
        get => (uint)Get("Port", 3306L);
        set => this["Port"] = value;
    }

    public string UserID
    {
        get => Get("User ID", "");
        set => base["User ID"] = value;
    }

    [AllowNull]
    public string Password
    {
        get => Get("Password", "");
        set => base["Password"] = value ?? "";
    }

    /// <summary>The default database; empty: none.</summary>
    public string Database
    {
        get => Get("Database", "");
        set => base["Database"] = value;
    }

    /// <summary>Default: <see cref="MySqlSslMode.Preferred"/>.</summary>
    public MySqlSslMode SslMode
    {
        get => Get("SSL Mode", MySqlSslMode.Preferred);
        set => this["SSL Mode"] = value;
    }

    /// <summary>A PEM file with the certificates of the authorities that are trusted instead of the system's. Without a mode that verifies,
    /// what they say is only noted (<see cref="MySqlConnection.Protection"/>).</summary>
    public string SslCa
    {
        get => Get("SSL CA", "");
        set => base["SSL CA"] = value;
    }

    /// <summary>A PEM file with this client's certificate, for accounts that REQUIRE X509; <see cref="SslKey"/> names its key. Default:
    /// none is shown.</summary>
    public string SslCert
    {
        get => Get("SSL Cert", "");
        set => base["SSL Cert"] = value;
    }

    /// <summary>A PEM file with the private key of <see cref="SslCert"/>.</summary>
    public string SslKey
    {
        get => Get("SSL Key", "");
        set => base["SSL Key"] = value;
    }

    /// <summary>The SHA-256 of the server's certificate, 64 hexadecimal digits (colons and spaces are left out): with it TLS is always
    /// used, and that certificate alone accepted, whoever signed it. Default: none.</summary>
    public string SslFingerprint
    {
        get => Get("SSL Fingerprint", "");
        set => this["SSL Fingerprint"] = value;
    }

    /// <summary>
    /// Whether the password itself, where the account's method asks for it, is also sent over TLS whose certificate is not verified.
    /// Default: false, since whoever sits between could show a certificate of his own and so learn the password.
    /// </summary>
    public bool TrustServerCertificate
    {
        get => Get("Trust Server Certificate", false);
        set => this["Trust Server Certificate"] = value;
    }

    /// <summary>The versions of TLS that may be used, by commas: <c>TLS 1.2, TLS 1.3</c>. Default: the system's choice.</summary>
    public string TlsVersion
    {
        get => Get("TLS Version", "");
        set => this["TLS Version"] = value;
    }

    /// <summary>Seconds for the connection to be made, log-in included, or for one of the pool to come free; 0: no limit. Default:
    /// 15.</summary>
    public uint ConnectionTimeout
    {
        get => (uint)Get("Connection Timeout", 15L);
        set => this["Connection Timeout"] = value;
    }

    /// <summary>Seconds that a command may run; 0: no limit. Default: 30.</summary>
    public uint DefaultCommandTimeout
    {
        get => (uint)Get("Default Command Timeout", 30L);
        set => this["Default Command Timeout"] = value;
    }

    /// <summary>Whether sessions are kept and used again. Default: true.</summary>
    public bool Pooling
    {
        get => Get("Pooling", true);
        set => this["Pooling"] = value;
    }

    /// <summary>How many sessions the pool has open at most. Default: 100.</summary>
    public uint MaximumPoolSize
    {
        get => (uint)Get("Maximum Pool Size", 100L);
        set => this["Maximum Pool Size"] = value;
    }

    /// <summary>How many sessions of the pool stay open however long they are unused. Default: 0.</summary>
    public uint MinimumPoolSize
    {
        get => (uint)Get("Minimum Pool Size", 0L);
        set => this["Minimum Pool Size"] = value;
    }

    /// <summary>Seconds after which a session is closed when it comes back to the pool, so that users follow a name to another server; 0:
    /// never. Default: 0.</summary>
    public uint ConnectionLifeTime
    {
        get => (uint)Get("Connection Life Time", 0L);
        set => this["Connection Life Time"] = value;
    }

    /// <summary>
    /// Whether a session is reset when it comes back to the pool. Default: true. Without, its next user finds its variables, temporary
    /// tables, locks and database; only an open transaction is rolled back.
    /// </summary>
    public bool ConnectionReset
    {
        get => Get("Connection Reset", true);
        set => this["Connection Reset"] = value;
    }

    /// <summary>Seconds that the server has to stop a command that is cancelled or has run too long, before its connection is closed.
    /// Default: 5.</summary>
    public uint CancellationTimeout
    {
        get => (uint)Get("Cancellation Timeout", 5L);
        set => this["Cancellation Timeout"] = value;
    }

    /// <summary>Seconds after which an unused session of the pool is closed; 0: never. Default: 180.</summary>
    public uint ConnectionIdleTimeout
    {
        get => (uint)Get("Connection Idle Timeout", 180L);
        set => this["Connection Idle Timeout"] = value;
    }

    public MySqlConnectionProtocol ConnectionProtocol
    {
        get => Get("Connection Protocol", MySqlConnectionProtocol.Tcp);
        set => this["Connection Protocol"] = value;
    }

    /// <summary>
    /// Whether the server's RSA key may be asked of the server itself when the password must be sent without TLS. Default: false, since
    /// whoever sits between could answer with a key of his own and so learn the password.
    /// </summary>
    public bool AllowPublicKeyRetrieval
    {
        get => Get("Allow Public Key Retrieval", false);
        set => this["Allow Public Key Retrieval"] = value;
    }

    /// <summary>A PEM file with the server's RSA public key, for a log-in with a SHA-256 password without TLS.</summary>
    public string ServerRsaPublicKeyFile
    {
        get => Get("Server RSA Public Key File", "");
        set => base["Server RSA Public Key File"] = value;
    }

    /// <summary>Whether the server may ask for the password as it is (mysql_clear_password: PAM, LDAP); only ever over verified TLS or a
    /// Unix socket. Default: false.</summary>
    public bool EnableCleartextPlugin
    {
        get => Get("Enable Cleartext Plugin", false);
        set => this["Enable Cleartext Plugin"] = value;
    }

    /// <summary>Whether the server may ask for a local file (LOAD DATA LOCAL). Default: false; a server that is not trusted could ask for
    /// any file.</summary>
    public bool AllowLoadLocalInfile
    {
        get => Get("Allow Load Local Infile", false);
        set => this["Allow Load Local Infile"] = value;
    }

    /// <summary>Whether a command may hold several statements. Default: true. Without, the server refuses whatever stands behind a first
    /// one: for sessions that run text of others.</summary>
    public bool AllowBatch
    {
        get => Get("Allow Batch", true);
        set => this["Allow Batch"] = value;
    }

    /// <summary>Whether <c>@name</c> without a parameter of that name is a user variable rather than an error. Default: false.</summary>
    public bool AllowUserVariables
    {
        get => Get("Allow User Variables", false);
        set => this["Allow User Variables"] = value;
    }

    /// <summary>Whether an UPDATE counts only rows that it changed. Default: false, it counts those that matched.</summary>
    public bool UseAffectedRows
    {
        get => Get("Use Affected Rows", false);
        set => this["Use Affected Rows"] = value;
    }

    /// <summary>Whether TINYINT(1) is read as bool. Default: false (in MySqlConnector: true).</summary>
    public bool TreatTinyAsBoolean
    {
        get => Get("Treat Tiny As Boolean", false);
        set => this["Treat Tiny As Boolean"] = value;
    }

    /// <summary>Whether a zero date is read as <see cref="DateTime.MinValue"/>. Default: false, it is read as text.</summary>
    public bool ConvertZeroDateTime
    {
        get => Get("Convert Zero DateTime", false);
        set => this["Convert Zero DateTime"] = value;
    }

    /// <summary>The kind that a DateTime has that was read; one of the other kind is refused as a parameter. Default:
    /// <see cref="DateTimeKind.Unspecified"/>.</summary>
    public DateTimeKind DateTimeKind
    {
        get => Get("DateTime Kind", DateTimeKind.Unspecified);
        set => this["DateTime Kind"] = value;
    }

    /// <summary>Which columns are read as Guid, and how one is sent. Default: <see cref="MySqlGuidFormat.None"/> (in MySqlConnector:
    /// Char36).</summary>
    public MySqlGuidFormat GuidFormat
    {
        get => Get("GUID Format", MySqlGuidFormat.None);
        set => this["GUID Format"] = value;
    }

    /// <summary>Always utf8mb4; the option is read so that strings for MySqlConnector will do.</summary>
    public string CharacterSet
    {
        get => Get("Character Set", "utf8mb4");
        set => this["Character Set"] = value;
    }

    /// <summary>Whether <see cref="MySqlCommand.Prepare"/> does nothing, so that every command runs as text (for proxies that know no
    /// prepared statements). Default: false.</summary>
    public bool IgnorePrepare
    {
        get => Get("Ignore Prepare", false);
        set => this["Ignore Prepare"] = value;
    }

    /// <summary>The program_name in <c>performance_schema.session_connect_attrs</c>. Default: the entry assembly's name.</summary>
    public string ApplicationName
    {
        get => Get("Application Name", "");
        set => base["Application Name"] = value;
    }

    /// <summary>Seconds of silence after which TCP asks whether the peer is alive; 0: as the system has it. Default: 30.</summary>
    public uint Keepalive
    {
        get => (uint)Get("Keepalive", 30L);
        set => this["Keepalive"] = value;
    }

    /// <summary>Seconds of silence after which a server that is waited for is asked by a second connection whether it is alive; one that is
    /// not ends the connection, whatever the time limits. 0: it is waited for. Default: 0.</summary>
    public uint LivenessProbe
    {
        get => (uint)Get("Liveness Probe", 0L);
        set => this["Liveness Probe"] = value;
    }

    /// <summary>Whether <see cref="MySqlConnection.ConnectionString"/> still shows the password once the connection was opened. Default:
    /// false.</summary>
    public bool PersistSecurityInfo
    {
        get => Get("Persist Security Info", false);
        set => this["Persist Security Info"] = value;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An unknown option, or a value that is not one of its kind.</exception>
    [AllowNull]
    public override object this[string keyword]
    {
        get => base[Find(keyword).Key];
        set
        {
            var option = Find(keyword);
            if (value is null)
            {
                base.Remove(option.Key);
                return;
            }
            try
            {
                base[option.Key] = option.Normalize(value);
            }
            catch (FormatException error)
            {
                // The value is not repeated: it could be the password that went astray.
                throw new ArgumentException($"Connection string option '{option.Key}': {error.Message}", nameof(value), error);
            }
        }
    }

    /// <inheritdoc/>
    public override bool ContainsKey(string keyword) =>
        s_byName.TryGetValue(Compact(keyword), out var option) && base.ContainsKey(option.Key);

    /// <inheritdoc/>
    public override bool Remove(string keyword) => base.Remove(Find(keyword).Key);

    /// <inheritdoc/>
    public override bool ShouldSerialize(string keyword) =>
        s_byName.TryGetValue(Compact(keyword), out var option) && base.ShouldSerialize(option.Key);

    /// <inheritdoc/>
    public override bool TryGetValue(string keyword, [NotNullWhen(true)] out object? value)
    {
        value = null;
        return s_byName.TryGetValue(Compact(keyword), out var option) && base.TryGetValue(option.Key, out value);
    }

    /// <summary>Whether a connection without TLS is refused.</summary>
    internal bool RequiresTls => SslMode >= MySqlSslMode.Required || SslFingerprint.Length > 0;

    internal bool IsUnixSocket => ConnectionProtocol == MySqlConnectionProtocol.UnixSocket || Server.StartsWith('/');

    /// <summary>How the server is named in messages: <c>host:port</c> or the socket's path.</summary>
    internal string Endpoint =>
        IsUnixSocket
            ? Server
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(Server.Contains(':', StringComparison.Ordinal) ? $"[{Server}]" : Server)}:{Port}"
            );

    /// <summary>The same options without the password.</summary>
    internal string WithoutPassword()
    {
        var copy = new MySqlConnectionStringBuilder(ConnectionString);
        copy.Remove("Password");
        return copy.ConnectionString;
    }

    /// <summary>The versions of <see cref="TlsVersion"/>; none: the system chooses.</summary>
    internal SslProtocols TlsProtocols => TlsVersion.Split(',').Aggregate(SslProtocols.None, static (all, name) => all | Protocol(name));

    private T Get<T>(string key, T whenMissing) => !base.TryGetValue(key, out var value) ? whenMissing : (T)Find(key).Normalize(value!);

    private static Option Find(string keyword) =>
        s_byName.TryGetValue(Compact(keyword), out var option) ? option
        : s_refused.TryGetValue(Compact(keyword), out var reason)
            ? throw new ArgumentException($"Connection string option '{keyword}' is not supported: {reason}", nameof(keyword))
        : throw new ArgumentException(
            $"Connection string option '{keyword}' is unknown. Known are: {string.Join(", ", s_options.Select(o => o.Key))}.",
            nameof(keyword)
        );

    private static string Compact(string name) => name.Replace(" ", "", StringComparison.Ordinal);

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static Func<object, object> Integer(long min, long max) =>
        value =>
            long.TryParse(Text(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max
                ? number
                : throw new FormatException($"expected a number from {min} to {max}.");

    private static bool ReadBoolean(object value) =>
        (Text(value)).ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "1" => true,
            "FALSE" or "NO" or "0" => false,
            _ => throw new FormatException("expected true or false."),
        };

    private static string Utf8mb4(object value) =>
        Text(value).ToUpperInvariant() is "UTF8MB4" or "UTF8"
            ? "utf8mb4"
            : throw new FormatException("expected utf8mb4. Text travels in it whatever the tables' character sets are.");

    private static string Fingerprint(object value)
    {
        const int digits = 64;
        var text = Text(value).Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        return text.Length is 0 or digits && text.All(char.IsAsciiHexDigit)
            ? text
            : throw new FormatException("expected the SHA-256 of the server's certificate, 64 hexadecimal digits.");
    }

    private static string TlsVersions(object value)
    {
        _ = Text(value).Split(',').Aggregate(SslProtocols.None, static (all, name) => all | Protocol(name));
        return Text(value);
    }

    private static SslProtocols Protocol(string name) =>
        Compact(name).ToUpperInvariant() switch
        {
            "" => SslProtocols.None,
            "TLS1.2" or "TLSV1.2" or "TLS12" => SslProtocols.Tls12,
            "TLS1.3" or "TLSV1.3" or "TLS13" => SslProtocols.Tls13,
            _ => throw new FormatException("expected 'TLS 1.2', 'TLS 1.3', or both with a comma between. Older versions are not safe."),
        };

    private static object Enumeration<T>(object value)
        where T : struct, Enum =>
        value is T typed && Enum.IsDefined(typed) ? typed
        : Enum.GetNames<T>().FirstOrDefault(n => n.Equals(Text(value), StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse<T>(name)
        : throw new FormatException($"expected one of {string.Join(", ", Enum.GetNames<T>())}.");
}
