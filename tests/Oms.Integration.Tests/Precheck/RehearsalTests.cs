using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Links;
using Oms.Integration.Tests.Servers;
using Oms.Precheck;
using Xunit;

namespace Oms.Integration.Tests.Precheck;

/// <summary>What schema or full migration would be refused at the destination is said before.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class RehearsalTests(ServersByFlavour servers)
{
    [Theory]
    [ServerData(
        ServerFlavourName.MySql97,
        ServerFlavourName.MariaDb1011,
        """
            CREATE TABLE by_expression (id INT PRIMARY KEY, KEY k ((id + 1)));
            CREATE TABLE vectors (id INT PRIMARY KEY, v VECTOR(3));
            CREATE TABLE computed (id INT PRIMARY KEY, s VARCHAR(10), r INT AS (REGEXP_LIKE(s, 'a')));
            CREATE VIEW matching AS SELECT id FROM fit WHERE REGEXP_LIKE(s, 'a');
            """,
        "by_expression computed vectors",
        "matching"
    )]
    [ServerData(
        ServerFlavourName.MariaDb118,
        ServerFlavourName.MySql97,
        """
            CREATE TABLE uuids (id UUID PRIMARY KEY);
            CREATE TABLE addresses (id INET6 PRIMARY KEY);
            CREATE VIEW matching AS SELECT id FROM fit WHERE JSON_DETAILED(s) = 'a';
            """,
        "addresses uuids",
        "matching"
    )]
    public async Task The_destination_s_own_parser_says_which_tables_and_views_it_refuses_and_nothing_is_left_there(
        ServerFlavourName source,
        ServerFlavourName destination,
        string ddl,
        string tables,
        string view
    )
    {
        var (a, b) = (await servers.GetAsync(source), await servers.GetAsync(destination));
        var database = $"refused_{source}".ToLowerInvariant();
        await a.SqlAsync(
            $"SET NAMES utf8mb4 COLLATE utf8mb4_general_ci; CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {database}; CREATE TABLE fit (id INT PRIMARY KEY, s VARCHAR(10)); {ddl}"
        );
        await using (var link = new ProductLink(a, b, database, MigrationTypes.Schema | MigrationTypes.Full))
        {
            var refused = (await link.PrecheckAsync())
                .Where(i => i is { Name: "RDB_OBJECT_DEPENDENCY_INTEGRITY", Result: PrecheckResult.Failed })
                .Select(i => i.Detail)
                .ToList();
            Assert.All(tables.Split(' '), t => Assert.Contains($"{database}.{t}: ", Assert.Single(refused), StringComparison.Ordinal));
            Assert.DoesNotContain($"{database}.fit: ", refused[0], StringComparison.Ordinal);
        }
        Assert.Equal("0", await b.ScalarAsync($"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '{database}'"));

        await a.SqlAsync($"DROP TABLE {string.Join(", ", tables.Split(' ').Select(t => $"{database}.{t}"))}");
        await using (var link = new ProductLink(a, b, database, MigrationTypes.Schema | MigrationTypes.Full))
        {
            var items = await link.PrecheckAsync();
            Assert.DoesNotContain(items, i => i.Result == PrecheckResult.Failed);
            Assert.Contains(
                items,
                i =>
                    i.Result == PrecheckResult.Warning
                    && i.Detail.Contains(
                        $"{database}.{view}: it calls a function that the destination does not have",
                        StringComparison.Ordinal
                    )
            );
            // And so it comes.
            await link.CopyAsync();
            Assert.Contains(link.Engine.GetLink(database).LeftOut, o => o.StartsWith($"{database}.{view}: ", StringComparison.Ordinal));
            Assert.Equal(
                "fit",
                await link.DestinationAsync(
                    $"SELECT GROUP_CONCAT(table_name) FROM information_schema.tables WHERE table_schema = '{database}'"
                )
            );
        }
    }

    [ServerFact(ServerFlavourName.MariaDb118, ServerFlavourName.MariaDb1011)]
    public async Task Rows_that_are_too_long_for_a_packet_and_times_behind_2038_are_found_before_they_are_copied()
    {
        var (a, b) = (await servers.GetAsync(ServerFlavourName.MariaDb118), await servers.GetAsync(ServerFlavourName.MariaDb1011));
        await a.SqlAsync(
            """
            CREATE DATABASE limits CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE limits;
            CREATE TABLE texts (id INT PRIMARY KEY, a LONGTEXT, b LONGBLOB); CREATE TABLE times (id INT PRIMARY KEY, at TIMESTAMP NULL);
            INSERT INTO texts VALUES (1, REPEAT('a', 9000000), ''), (2, '', REPEAT('b', 9000000)); INSERT INTO times VALUES (1, '2038-01-19 00:00:00'), (2, NULL);
            """
        );
        Assert.Empty(await FoundAsync(PrecheckResult.Failed));
        Assert.Equal("limits.texts has a row of 9000000 bytes", Assert.Single(await FoundAsync(PrecheckResult.Warning)));

        await a.SqlAsync(
            "USE limits; SET time_zone = '+00:00'; UPDATE texts SET b = REPEAT('b', 9000000) WHERE id = 1; INSERT INTO times VALUES (3, '2038-01-19 03:14:08')"
        );
        Assert.Equal(["limits.texts has a row of 18000000 bytes", "limits.times has later ones"], await FoundAsync(PrecheckResult.Failed));

        async Task<List<string>> FoundAsync(PrecheckResult result)
        {
            await using var link = new ProductLink(a, b, "limits", MigrationTypes.Schema | MigrationTypes.Full);
            return
            [
                .. (await link.PrecheckAsync())
                    .Where(i => i.Result == result && i.Name is "DB_TABLE_LOB_SIZE" or "DB_DATA_TYPE" && i.Result == result)
                    .Select(i => i.Detail[(i.Detail.IndexOf("limits.", StringComparison.Ordinal))..].TrimEnd('.')),
            ];
        }
    }
}
