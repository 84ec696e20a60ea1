using System.Buffers;
using System.Globalization;
using System.Net;
using Oms.MySql;

namespace Oms.DataSources;

/// <summary>What a data source's definition must keep to, and what makes two of them the same server.</summary>
internal static class DataSourceRules
{
    private const int NameLimit = 32;
    private static readonly SearchValues<char> s_special = SearchValues.Create(".|\"'`()=;/\\&*?[]<>:,");

    /// <exception cref="OmsException">DataSourceNameInvalid, RegionInvalid, HostInvalid, PortInvalid, UserInvalid, TlsCaFileNotFound,
    /// ServerPublicKeyFileNotFound, TlsOptionsContradict</exception>
    public static void Validate(DataSource definition)
    {
        if (NameFault(definition.Name) is { } nameFault)
            throw Invalid(
                "DataSourceNameInvalid",
                $"The data source identifier '{definition.Name}' {nameFault}.",
                $"Choose 1 to {NameLimit} letters, digits, hyphens and underscores, without spaces.",
                definition.Name
            );
        if (RegionFault(definition.Region) is { } regionFault)
            throw Invalid(
                "RegionInvalid",
                $"The region '{definition.Region}' of data source '{definition.Name}' {regionFault}.",
                $"Name the region with 1 to {NameLimit} characters without spaces, such as cn-beijing.",
                definition.Name
            );
        // Not repeated: a whole URL or connection string has the password in it.
        if (!IsHost(definition.Host))
            throw Invalid(
                "HostInvalid",
                $"The host of data source '{definition.Name}' is no host name, no address and no path of a Unix socket.",
                "Give the name or the address alone: the port goes into its own parameter, the account and its password into the credential.",
                definition.Name
            );
        if (definition.Port is < 1 or > 65535)
            throw Invalid(
                "PortInvalid",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The port {definition.Port} of data source '{definition.Name}' is not between 1 and 65535."
                ),
                "Give the port that the server listens on, 3306 by default.",
                definition.Name
            );
        if (string.IsNullOrEmpty(definition.User) || definition.User.Any(char.IsControl))
            throw Invalid(
                "UserInvalid",
                $"The user of data source '{definition.Name}' is empty or holds a control character.",
                "Give the database account; on OceanBase as user@tenant#cluster.",
                definition.Name
            );
        ValidateTls(definition);
    }

    private static void ValidateTls(DataSource definition)
    {
        if (definition.TlsCaFile is { } file && !File.Exists(file))
            throw new OmsException(
                "TlsCaFileNotFound",
                OmsErrorKind.NotFound,
                $"The CA file '{file}' of data source '{definition.Name}' does not exist.",
                "Give the path of a PEM file with the certificates to trust.",
                definition.Name
            );
        if (definition.ServerPublicKeyFile is { } key && !File.Exists(key))
            throw new OmsException(
                "ServerPublicKeyFileNotFound",
                OmsErrorKind.NotFound,
                $"The public key file '{key}' of data source '{definition.Name}' does not exist.",
                "Give the path of a PEM file with the server's RSA public key, a copy of public_key.pem in its data directory.",
                definition.Name
            );
        if (definition.Tls == TlsMode.None && (definition.TlsCaFile ?? definition.TlsFingerprint) is not null)
            throw Invalid(
                "TlsOptionsContradict",
                $"Data source '{definition.Name}' has TLS mode None, and a CA file or a certificate's fingerprint.",
                "Choose TLS mode VerifyCA, or leave them out.",
                definition.Name
            );
    }

    /// <summary>A certificate's fingerprint without colons, in upper case.</summary>
    /// <exception cref="OmsException">TlsFingerprintInvalid</exception>
    public static string Fingerprint(string text)
    {
        const int digits = 64;
        var plain = text.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        return plain.Length == digits && plain.All(char.IsAsciiHexDigit)
            ? plain
            : throw Invalid(
                "TlsFingerprintInvalid",
                $"'{text}' is not the SHA-256 of a certificate.",
                "Give its 64 hexadecimal digits, as openssl x509 -noout -fingerprint -sha256 shows them.",
                text
            );
    }

    /// <summary>What is wrong with a region's name; null when nothing is.</summary>
    public static string? RegionFault(string? region) =>
        string.IsNullOrEmpty(region) ? "is empty"
        : region.Length > NameLimit ? TooLong(region)
        : HasSpaceOrControl(region) ? "holds a space or a control character"
        : null;

    /// <summary>The host in a form in which the same server compares equal: without case, and the names of this machine as one.</summary>
    public static string HostKey(string host)
    {
        var key = host.ToLowerInvariant().TrimEnd('.').Trim('[', ']');
        return key is "localhost" or "127.0.0.1" or "::1" ? "localhost" : key;
    }

    public static bool IsSameServer(DataSource one, DataSource other) =>
        string.Equals(one.Name, other.Name, StringComparison.OrdinalIgnoreCase)
        || (HostKey(one.Host) == HostKey(other.Host) && one.Port == other.Port);

    private static string? NameFault(string? name) =>
        string.IsNullOrEmpty(name) ? "is empty"
        : name.Length > NameLimit ? TooLong(name)
        : name.Contains(' ', StringComparison.Ordinal) ? "holds a space"
        : name.AsSpan().ContainsAnyExceptInRange('!', '~') ? "holds a character that is not printable ASCII"
        : name.AsSpan().IndexOfAny(s_special) is var at and >= 0 ? $"holds the special character {name[at]}"
        : null;

    // A name (of any script), an address, or the absolute path of a socket.
    private static bool IsHost(string host) =>
        !string.IsNullOrEmpty(host)
        && !HasSpaceOrControl(host)
        && (
            host[0] == '/'
            || IPAddress.TryParse(host, out _) && (host[0] != '[' || host[^1] == ']')
            || host.All(static c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.')
        );

    private static string TooLong(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"has {name.Length} characters; {NameLimit} are allowed");

    private static bool HasSpaceOrControl(string text) => text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static OmsException Invalid(string id, string message, string remedy, string target) =>
        new(id, OmsErrorKind.InvalidArgument, message, remedy, target);

    /// <summary>As what a server that was reached has to be declared.</summary>
    public static DataSourceType TypeOf(ServerFlavour flavour) =>
        flavour switch
        {
            ServerFlavour.MariaDb => DataSourceType.MariaDB,
            ServerFlavour.OceanBase => DataSourceType.OceanBase,
            _ => DataSourceType.MySQL,
        };
}
