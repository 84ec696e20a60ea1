using System.Globalization;
using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Xunit;

namespace Oms.Integration.Tests.Schema;

/// <summary>Views mean at the destination what they mean at the source, and lend nobody's rights there.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class ViewTests(ServersByFlavour servers)
{
    private static int s_databases;

    private readonly string _from = string.Create(CultureInfo.InvariantCulture, $"views{Interlocked.Increment(ref s_databases)}"),
        _to = string.Create(CultureInfo.InvariantCulture, $"views{Interlocked.Increment(ref s_databases)}");

    private Project Project =>
        new()
        {
            Name = "p",
            Source = "a",
            Destination = "b",
            Objects = [$"{_from}.*={_to}.*"],
        };

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb118, ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97, ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MariaDb1011, ServerFlavourName.MySql97)]
    public async Task A_view_is_made_in_the_session_that_it_was_made_in_at_the_source_and_a_second_run_knows_it(
        ServerFlavourName source,
        ServerFlavourName destination
    )
    {
        var (a, b) = (await servers.GetAsync(source), await servers.GetAsync(destination));
        await a.SqlAsync(
            $"CREATE DATABASE {_from} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE {_from}; CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(10)); INSERT INTO t VALUES (1, 'ü')"
        );
        const string select =
            "SELECT 'a' = 'A' AS equal, LENGTH('ü') AS bytes, 'ü' AS text, HEX(_latin1'ü') AS other, CHARSET(CONCAT('a', id)) AS made, (SELECT COUNT(*) FROM t WHERE s = 'u') AS found FROM t";
        await MakeAsync(a, _from, "utf8mb4", "utf8mb4_bin", $"CREATE VIEW by_bin AS {select}");
        await MakeAsync(a, _from, "utf8mb4", "utf8mb4_general_ci", $"CREATE SQL SECURITY INVOKER VIEW by_letter AS {select}");
        await MakeAsync(a, _from, "utf8mb4", "latin1_swedish_ci", $"CREATE VIEW mixed AS {select}");
        await MakeAsync(a, _from, "latin1", "latin1_german2_ci", $"CREATE VIEW latin AS {select}");
        await MakeAsync(
            a,
            _from,
            "gbk",
            "gbk_chinese_ci",
            "CREATE VIEW chinese AS SELECT '誠功' AS text, LENGTH('誠功') AS bytes, HEX('誠功') AS hex FROM t"
        );
        string[] views = ["by_bin", "by_letter", "chinese", "latin", "mixed"];

        await using var from = await OpenAsync(a);
        await using var to = await OpenAsync(b);
        var selection = await ObjectSelection.ResolveAsync(from, Project);
        Assert.Empty(selection.LeftOut);
        var objects = (await SchemaMigration.RunAsync(from, to, selection, default)).ToDictionary(o => o.Name);
        await b.SqlAsync($"INSERT INTO {_to}.t VALUES (1, 'ü')");
        foreach (var view in views)
        {
            Assert.Equal(Shown(await a.SqlAsync($"SELECT * FROM {_from}.{view}")), Shown(await b.SqlAsync($"SELECT * FROM {_to}.{view}")));
            const string session =
                "SELECT character_set_client, collation_connection FROM information_schema.views WHERE table_schema = '{0}' AND table_name = '{1}'";
            Assert.Equal(
                Shown(await a.SqlAsync(string.Format(CultureInfo.InvariantCulture, session, _from, view))),
                Shown(await b.SqlAsync(string.Format(CultureInfo.InvariantCulture, session, _to, view)))
            );
            Assert.Equal(
                "INVOKER",
                await b.ScalarAsync(
                    $"SELECT security_type FROM information_schema.views WHERE table_schema = '{_to}' AND table_name = '{view}'"
                )
            );
            Assert.Equal(
                view == "by_letter" ? SchemaObjectStatus.Completed : SchemaObjectStatus.CompletedWithConversion,
                objects[$"{_from}.{view}"].Status
            );
        }
        Assert.Contains("SQL SECURITY INVOKER", objects[$"{_from}.by_bin"].Notice, StringComparison.Ordinal);
        Assert.Equal("0", await b.ScalarAsync($"SELECT equal FROM {_to}.by_bin"));
        Assert.Equal("1", await b.ScalarAsync($"SELECT bytes FROM {_to}.mixed"));

        // What the destination's people make of its rights stays; another definition does not pass for the same.
        await MakeAsync(
            b,
            _to,
            "gbk",
            "gbk_chinese_ci",
            "ALTER DEFINER = 'root'@'localhost' SQL SECURITY DEFINER VIEW chinese AS SELECT '誠功' AS text, LENGTH('誠功') AS bytes, HEX('誠功') AS hex FROM t"
        );
        var again = await SchemaMigration.RunAsync(from, to, selection, default);
        Assert.All(again, o => Assert.Equal(SchemaObjectStatus.Completed, o.Status));
        await b.SqlAsync($"USE {_to}; ALTER VIEW latin AS SELECT id FROM t");
        var changed = await Assert.ThrowsAsync<OmsException>(() => SchemaMigration.RunAsync(from, to, selection, default));
        Assert.Equal("SchemaMismatch", changed.Id);
        Assert.Contains($"{_from}.latin: the destination has a view of this name with", changed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task What_cannot_be_made_is_left_out_with_the_reason_and_a_fault_when_it_is_named(ServerFlavourName flavour)
    {
        var server = await servers.GetAsync(flavour);
        await server.SqlAsync(
            $"""
            CREATE DATABASE {_from}; CREATE DATABASE {_from}_other; USE {_from};
            CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE log (line TEXT); CREATE TABLE gone (id INT PRIMARY KEY); CREATE TABLE {_from}_other.o (id INT PRIMARY KEY);
            CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC NO SQL RETURN a + 1;
            CREATE VIEW a_good AS WITH c AS (SELECT id FROM t) SELECT c.id, EXTRACT(YEAR FROM '2020-01-01') AS y, TRIM(LEADING 'x' FROM 'xa') AS z FROM c JOIN t x ON x.id = c.id;
            CREATE VIEW on_log AS SELECT line FROM t JOIN log; CREATE VIEW on_log_again AS SELECT line FROM on_log; CREATE VIEW on_function AS SELECT f(id) AS i FROM t;
            CREATE VIEW broken AS SELECT id FROM gone; CREATE VIEW outside AS SELECT id FROM {_from}_other.o;
            DROP TABLE gone;
            """
                + (
                    server.IsMariaDb
                        ? "CREATE SEQUENCE s; CREATE TABLE counted (id INT PRIMARY KEY, n BIGINT DEFAULT NEXTVAL(s)); CREATE VIEW next AS SELECT NEXTVAL(s) AS n FROM t;"
                        : ""
                )
        );
        await using var connection = await OpenAsync(server);

        var selection = await ObjectSelection.ResolveAsync(connection, Project);
        Assert.Equal($"{_from}.t", Assert.Single(selection.Tables).Name.ToString());
        Assert.Equal($"{_from}.a_good", Assert.Single(selection.Views).ToString());
        var reasons = selection.LeftOut.ToDictionary(o => o.Name.Table, o => o.Reason);
        Assert.Equal($"it reads {_from}.log, which the project does not carry", reasons["on_log"]);
        Assert.Equal($"it reads {_from}.on_log, which the project does not carry", reasons["on_log_again"]);
        Assert.Equal($"it reads {_from}_other.o, which the project does not carry", reasons["outside"]);
        Assert.Contains("calls the stored function f", reasons["on_function"], StringComparison.Ordinal);
        Assert.Contains("the source can't read it", reasons["broken"], StringComparison.Ordinal);
        if (server.IsMariaDb)
        {
            Assert.Contains("column 'n' is a sequence's next value", reasons["counted"], StringComparison.Ordinal);
            Assert.Contains("sequence", reasons["next"], StringComparison.Ordinal);
        }
        await using var to = await OpenAsync(server);
        await SchemaMigration.RunAsync(connection, to, selection, default);

        var named = await ObjectSelection.ExamineAsync(
            connection,
            Project with
            {
                Objects = [.. reasons.Keys.Except(["log", "s"]).Select(t => $"{_from}.{t}"), $"{_from}.t"],
            }
        );
        Assert.Equal(server.IsMariaDb ? 7 : 5, named.Faults.Count);
        Assert.All(named.Faults, f => Assert.Contains(f.Id, (string[])["ViewUnsupported", "SequenceDefault"]));
    }

    private static async Task MakeAsync(TestServer server, string database, string characterSet, string collation, string ddl)
    {
        // The client's text is in its character set.
        var text = await server.ScalarAsync($"SELECT HEX(CONVERT({SqlLiteral.Quote(ddl)} USING {characterSet}))");
        await using var connection = await OpenAsync(server);
        await connection.ExecuteAsync($"USE {database}");
        await connection.ExecuteAsync($"SET character_set_client = {characterSet}, collation_connection = {collation}");
        await connection.ExecuteBatchAsync(Convert.FromHexString(text!));
    }

    private static string Shown(IReadOnlyList<string?[]> rows) => string.Join('\n', rows.Select(r => string.Join('|', r)));

    private static async Task<RowSession> OpenAsync(TestServer server)
    {
        // The engine's tables are there before the schema migration begins.
        await server.SqlAsync("SET sql_log_bin = 0; CREATE DATABASE IF NOT EXISTS oms");
        var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        return connection;
    }
}
