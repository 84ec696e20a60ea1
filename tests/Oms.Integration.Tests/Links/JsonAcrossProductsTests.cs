using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Servers;
using Oms.Precheck;
using Xunit;

namespace Oms.Integration.Tests.Links;

/// <summary>JSON is a type of its own at MySQL and a LONGTEXT at MariaDB; a link carries documents between them, and starts
/// again.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class JsonAcrossProductsTests(ServersByFlavour servers)
{
    private const string Table = "CREATE TABLE docs (id INT PRIMARY KEY, j JSON, k JSON NOT NULL, n INT)",
        View = "CREATE VIEW named AS SELECT id, LENGTH('ü') AS l, 'a' = 'A' AS e FROM docs";

    [Theory]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MariaDb118, ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.MySql97)]
    public async Task Documents_go_over_in_full_and_incrementally_and_the_link_starts_again(
        ServerFlavourName source,
        ServerFlavourName destination
    )
    {
        await using var link = await LinkAsync(
            source,
            destination,
            "docs",
            MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental | MigrationTypes.Verification
        );
        var warning = (await link.PrecheckAsync()).Where(i => i.Detail.Contains("docs.j", StringComparison.Ordinal)).ToList();
        Assert.Equal(source == ServerFlavourName.MySql97 ? 1 : 0, warning.Count);
        Assert.All(warning, i => Assert.Equal(PrecheckResult.Warning, i.Result));
        await link.RunAsync(
            "SET time_zone = '+00:00'; UPDATE docs SET j = '{\"b\": [1, 2.50], \"a\": \"ü\\\\n\"}' WHERE id = 2; INSERT INTO docs VALUES (4, '[]', '\"x\"', 4); DELETE FROM docs WHERE id = 3"
        );
        await link.RunAsync("UPDATE docs SET k = JSON_SET(k, '$.z', 1.10) WHERE id = 1");

        Assert.Equal(
            await link.SourceAsync("SELECT id, j, k, n FROM docs ORDER BY id"),
            await link.DestinationAsync("SELECT id, j, k, n FROM docs ORDER BY id")
        );
        Assert.Equal("docs: 0 of 3", await link.DifferencesAsync());
        Assert.Equal(await link.SourceAsync("SELECT * FROM named"), await link.DestinationAsync("SELECT * FROM named"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.MySql97)]
    public async Task Documents_that_MySQL_keeps_by_their_values_are_left_out_of_verification(
        ServerFlavourName source,
        ServerFlavourName destination
    )
    {
        await using var link = await LinkAsync(
            source,
            destination,
            "byvalue",
            MigrationTypes.Full | MigrationTypes.Incremental | MigrationTypes.Verification
        );
        var warning = Assert.Single(await link.PrecheckAsync(), i => i.Detail.Contains("docs.j", StringComparison.Ordinal));
        Assert.Contains("verification", warning.Remedy, StringComparison.Ordinal);
        await link.RunAsync("UPDATE docs SET j = '{\"b\":1,   \"a\":1.50, \"b\":2}' WHERE id = 2");
        Assert.Equal("{\"a\": 1.5, \"b\": 2}", await link.DestinationAsync("SELECT j FROM docs WHERE id = 2"));
        Assert.Equal("docs: 0 of 3", await link.DifferencesAsync());
    }

    private async Task<ProductLink> LinkAsync(ServerFlavourName source, ServerFlavourName destination, string name, MigrationTypes types)
    {
        var (a, b) = (await servers.GetAsync(source), await servers.GetAsync(destination));
        var database = $"{name}_{source}_{destination}".ToLowerInvariant();
        await a.SqlAsync(
            $"SET NAMES utf8mb4 COLLATE utf8mb4_general_ci; CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {database}; {Table}; {View}; "
                + "INSERT INTO docs VALUES (1, '{\"b\": 1, \"a\": [1, 2.0, \"ü\\\\u0001\\\\\"\", null, true]}', '{}', 1), (2, NULL, '1.50', 2), (3, 'null', '\"\"', 3)"
        );
        if (!types.HasFlag(MigrationTypes.Schema))
            await b.SqlAsync($"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {database}; {Table}");
        return new ProductLink(a, b, database, types);
    }
}
