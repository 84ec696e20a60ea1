namespace Oms.MySql.Packets;

/// <summary>What a server's version string says.</summary>
internal static class ServerVersionText
{
    // MariaDB before 11 puts this before its version in the handshake, so that old replicas read a 5.
    private const string MariaDbPrefix = "5.5.5-";

    public static string Clean(string version) =>
        version.StartsWith(MariaDbPrefix, StringComparison.Ordinal) ? version[MariaDbPrefix.Length..] : version;

    public static ServerFlavour Flavour(string version) =>
        version.Contains("OceanBase", StringComparison.OrdinalIgnoreCase) ? ServerFlavour.OceanBase
        : version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) || version.StartsWith(MariaDbPrefix, StringComparison.Ordinal)
            ? ServerFlavour.MariaDb
        : ServerFlavour.MySql;
}
