namespace Oms.Integration.Tests.Servers;

/// <summary>
/// Where a flavour's programs are. MariaDB 10.11 is the distribution's; the others stand in <c>$OMS_TEST_SERVERS/mariadb118</c> and
/// <c>…/mysql97</c> (default <c>~/.cache/oms-test-servers</c>), as <c>tests/servers/install.sh</c> lays them out: start scripts in
/// <c>run/</c>; OceanBase's kernel see <see cref="SeekDb"/>.
/// </summary>
internal sealed record ServerInstallation(ServerFlavourName Flavour, string Server, string? InstallDatabase)
{
    public bool IsMariaDb => InstallDatabase is not null;

    public bool IsOceanBase => Flavour == ServerFlavourName.OceanBase;

    /// <summary>Where installed servers stand.</summary>
    public static string Prefix =>
        Environment.GetEnvironmentVariable("OMS_TEST_SERVERS") is { Length: > 0 } prefix
            ? prefix
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "oms-test-servers");

    public static ServerInstallation Of(ServerFlavourName flavour) =>
        flavour switch
        {
            ServerFlavourName.MariaDb1011 => new(flavour, "/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db"),
            ServerFlavourName.MariaDb118 => new(
                flavour,
                Path.Combine(Prefix, "mariadb118/run/mariadbd"),
                Path.Combine(Prefix, "mariadb118/run/mariadb-install-db")
            ),
            ServerFlavourName.MySql97 => new(flavour, Path.Combine(Prefix, "mysql97/run/mysqld"), null),
            ServerFlavourName.OceanBase => new(flavour, SeekDb.Program, null),
            _ => throw new ArgumentOutOfRangeException(nameof(flavour), flavour, "Not a flavour."),
        };

    /// <summary>Why tests on these flavours can't run here; null when they can.</summary>
    public static string? WhyMissing(IEnumerable<ServerFlavourName> flavours)
    {
        var missing = flavours.Select(Of).Where(i => !File.Exists(i.Server)).Select(i => $"{i.Flavour} ({i.Server})").ToList();
        return missing.Count == 0 ? null : $"SERVER NOT INSTALLED: {string.Join(", ", missing)}; run tests/servers/install.sh";
    }
}
