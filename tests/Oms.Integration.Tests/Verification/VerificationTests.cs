using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Servers;
using Oms.Objects;
using Oms.Precheck;
using Oms.Servers;
using Oms.Verification;

namespace Oms.Integration.Tests.Verification;

public class VerificationTests(ServersByFlavour servers) : IClassFixture<ServersByFlavour>
{
    private static readonly VerificationOptions Small = new()
    {
        RangeRows = 4,
        Workers = 2,
        Rounds = 2,
        FirstPause = TimeSpan.FromMilliseconds(20),
        LongestPause = TimeSpan.FromMilliseconds(50),
    };

    private const string Ddl = """
        CREATE TABLE t (id BIGINT UNSIGNED NOT NULL, k VARCHAR(10) NOT NULL, a VARCHAR(20), b VARCHAR(20), n INT, f FLOAT, d DOUBLE, c DECIMAL(20,5), bin VARBINARY(10), lob LONGTEXT, j JSON, g GEOMETRY,
          at DATETIME(6), e ENUM('x','y'), s SET('p','q'), bits BIT(5), l VARCHAR(10) CHARACTER SET latin1, twice INT AS (n * 2) VIRTUAL, PRIMARY KEY (id, k))
        """;

    private const string Row =
        "'a', 'b', 1, 0.1, 0.1, 1.5, X'00', 'text', '{\"k\": 1}', ST_GeomFromText('POINT(1 2)'), '2024-01-01 00:00:00.000001', 'x', 'p', b'101', 'é'";
    private const string Columns = "id, k, a, b, n, f, d, c, bin, lob, j, g, at, e, s, bits, l";

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Every_seeded_difference_is_found_and_named(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync(Ddl);
        await FillAsync(db, "t", 40);
        // Each changes row id = its place here, at the source and at the destination.
        (string Source, string Destination)[] changes =
        [
            ("n = 1", "n = 2"),
            ("a = NULL", "a = ''"),
            ("a = NULL", "a = 'NULL'"),
            ("a = NULL", "a = 'N'"),
            ("a = 'x'", "a = 'x '"),
            ("a = 'x'", "a = 'X'"),
            ("f = 0.1", "f = 0.10000000894069672e0"),
            ("d = 0.1e0", "d = 0.10000000000000002e0"),
            ("d = -2.2250738585072014e-308", "d = -2.2250738585072024e-308"),
            ("d = -1.7976931348623157e308", "d = -1.7976931348623155e308"),
            ("d = 1", "d = -1"),
            ("d = 1e-5", "d = 10715086071862673e280"),
            ("a = 'a#', b = 'b'", "a = 'a', b = '#b'"),
            ("a = 'a', b = ''", "a = '', b = 'a'"),
            ("a = '1#2', b = NULL", "a = '1', b = '2'"),
            ("a = 'N', b = NULL", "a = NULL, b = 'N'"),
            ("bin = X'00'", "bin = X'0000'"),
            ("bin = X''", "bin = NULL"),
            ("lob = REPEAT('x', 100000)", "lob = CONCAT(REPEAT('x', 99999), 'y')"),
            ("lob = NULL", "lob = ''"),
            ("j = '{\"k\": 1}'", "j = '{\"k\": \"1\"}'"),
            ("g = ST_GeomFromText('POINT(1 2)')", "g = ST_GeomFromText('POINT(2 1)')"),
            ("at = '2024-01-01 00:00:00.000001'", "at = '2024-01-01 00:00:00.000002'"),
            ("e = 'x'", "e = NULL"),
            ("s = 'p'", "s = ''"),
            ("bits = b'0'", "bits = NULL"),
            ("l = 'é'", "l = 'e'"),
            ("c = 1.50000", "c = 1.50001"),
        ];
        for (var i = 0; i < changes.Length; i++)
        {
            await db.AtSourceAsync($"UPDATE t SET {changes[i].Source} WHERE id = {i + 1}");
            await db.AtDestinationAsync($"UPDATE t SET {changes[i].Destination} WHERE id = {i + 1}");
        }

        await db.AtSourceAsync("DELETE FROM t WHERE id IN (30, 40)");
        await db.AtDestinationAsync(
            $"DELETE FROM t WHERE id IN (31, 32); INSERT INTO t ({Columns}) VALUES (0, 'first', {Row}), (18446744073709551615, 'last', {Row})"
        );

        var result = await VerifyAsync(db, "t");

        Assert.False(result.Consistent);
        var expected = Enumerable
            .Range(1, changes.Length)
            .Select(i => $"Mismatched id={i}, k='key{i}'")
            .Concat([
                "DestinationOnly id=30, k='key30'",
                "DestinationOnly id=40, k='key40'",
                "DestinationOnly id=0, k='first'",
                "DestinationOnly id=18446744073709551615, k='last'",
            ])
            .Concat(["SourceOnly id=31, k='key31'", "SourceOnly id=32, k='key32'"]);
        Assert.Equal(expected.Order(), Texts(result).Order());
        Assert.Equal((changes.Length, 2, 4), (result.Mismatched, result.SourceOnly, result.DestinationOnly));
        Assert.Equal((38, 40), (result.SourceRows, result.DestinationRows));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Equal_tables_are_consistent_whatever_order_they_were_written_in(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync(Ddl);
        await FillAsync(db, "t", 30);
        await db.AtDestinationAsync("DELETE FROM t WHERE id % 3 = 0");
        await db.AtDestinationAsync($"INSERT INTO t ({Columns}) SELECT {Columns} FROM {db.Source}.t WHERE id % 3 = 0 ORDER BY id DESC");
        await db.CreateAsync("CREATE TABLE none (id INT PRIMARY KEY)");

        var results = await VerifyAsync(db);

        Assert.Equal(
            ["none True 0 0", "t True 30 30"],
            results.Select(r => $"{r.Table.Split('.')[1]} {r.Consistent} {r.SourceRows} {r.DestinationRows}").Order()
        );
        Assert.All(results, r => Assert.Empty(r.Differences));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_row_that_arrives_while_it_is_looked_at_again_is_no_difference(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
        await db.AtSourceAsync("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
        await db.AtDestinationAsync("INSERT INTO t VALUES (1, 1), (2, 0), (4, 4)");
        var context = await db.StartLinkAsync();
        var patient = Small with
        {
            Rounds = 50,
            FirstPause = TimeSpan.FromMilliseconds(100),
            LongestPause = TimeSpan.FromMilliseconds(100),
            Window = TimeSpan.FromMinutes(5),
        };

        await using var run = new FullVerification(patient).RunAsync(context, default).GetAsyncEnumerator();
        var next = run.MoveNextAsync();
        await db.AtDestinationAsync("UPDATE t SET v = 2 WHERE id = 2; INSERT INTO t VALUES (3, 3); DELETE FROM t WHERE id = 4");

        Assert.True(await next);
        Assert.True(run.Current.Consistent);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_table_that_differs_all_over_is_given_up_and_not_every_row_is_named(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (id INT PRIMARY KEY)");
        await db.AtDestinationAsync($"INSERT INTO t VALUES {string.Join(", ", Enumerable.Range(1, 500).Select(i => $"({i})"))}");

        var result = await VerifyAsync(db, "t", Small with { MaxDifferences = 100, NamedDifferences = 10 });

        Assert.True(result.IsPartial);
        Assert.False(result.Consistent);
        Assert.Equal(100, result.DestinationOnly);
        Assert.Equal(10, result.Differences.Count);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task The_same_text_in_another_character_set_is_no_difference(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.AtSourceAsync("CREATE TABLE t (k VARCHAR(10) CHARACTER SET latin1 PRIMARY KEY, v TEXT CHARACTER SET latin1)");
        await db.AtDestinationAsync("CREATE TABLE t (k VARCHAR(10) CHARACTER SET utf8mb4 PRIMARY KEY, v TEXT CHARACTER SET utf8mb4)");
        await db.AtSourceAsync("INSERT INTO t VALUES ('é', 'ü'), ('a', 'ö'), ('b', 'x')");
        await db.AtDestinationAsync("INSERT INTO t VALUES ('é', 'ü'), ('a', 'ö'), ('b', 'y')");

        Assert.Equal(["Mismatched k='b'"], Texts(await VerifyAsync(db, "t")));
        await db.AtDestinationAsync("UPDATE t SET v = 'é' WHERE k = 'é'");
        Assert.Equal(["Mismatched k='b'", "Mismatched k='é'"], Texts(await VerifyAsync(db, "t")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_stored_generated_column_that_the_destination_computes_otherwise_is_named_before_and_found_after(
        ServerFlavourName flavour
    )
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync(
            "CREATE TABLE t (id INT PRIMARY KEY, ts TIMESTAMP NULL, n INT, day DATE AS (CAST(ts AS DATE)) STORED, ratio DECIMAL(12,8) AS (n / 7) STORED, next INT AS (n + 1) STORED, seen DATE AS (CAST(ts AS DATE)) VIRTUAL)"
        );
        await db.CreateAsync(
            "CREATE TABLE k (id INT PRIMARY KEY, ts TIMESTAMP NULL, day DATE AS (CAST(ts AS DATE)) STORED, UNIQUE KEY one_a_day (day))"
        );
        await db.AtSourceAsync("INSERT INTO t (id, ts, n) VALUES (1, '2024-01-01 12:00:00', 1)");
        await db.AtSourceAsync("SET SESSION time_zone = '+09:00'; INSERT INTO t (id, ts, n) VALUES (2, '2024-01-02 01:00:00', 2)");
        await db.AtSourceAsync("UPDATE k SET id = id");
        var tables = (await db.StartLinkAsync()).Tables.Select(p => p.Source).ToList();
        await using (var connection = await ServerSession.OpenAsync(db.Server.SessionOptions(), SessionPurpose.Control, default))
        {
            var (facts, source) = (
                await ServerFacts.ReadAsync(connection, isLogRead: false, default),
                new DataSource
                {
                    Name = "a",
                    Type = DataSourceType.MySQL,
                    Region = "beijing",
                    Host = "h",
                    User = "u",
                }
            );
            var findings = GeneratedColumnRules
                .Check(source, facts, tables, await GeneratedColumnRules.ReadAsync(connection, tables, default))
                .ToList();
            Assert.Contains(
                $"{db.Source}.k has day in its key one_a_day, which depends on time_zone",
                findings.Single(f => f.Result == PrecheckResult.Failed).Detail
            );
            var warning = findings.Single(f => f.Result == PrecheckResult.Warning).Detail;
            Assert.Contains(
                $"{db.Source}.t has day, which depends on time_zone. {db.Source}.t has ratio, which depends on div_precision_increment",
                warning
            );
            Assert.DoesNotContain("next", warning);
            Assert.DoesNotContain("seen", warning);
        }

        await db.CopyAsync();

        Assert.Equal(["Mismatched id=2"], Texts(await VerifyAsync(db, "t")));
    }

    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_negative_zero_is_carried_and_its_loss_is_found(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (id INT PRIMARY KEY, d DOUBLE, f FLOAT)");
        await db.AtSourceAsync("INSERT INTO t VALUES (1, '-0', '-0'), (2, 0, 0), (3, '-0', 1)");
        await db.CopyAsync();
        var exact = Small with { TellsNegativeZero = true };

        Assert.True((await VerifyAsync(db, "t", exact)).Consistent);
        await db.AtDestinationAsync("UPDATE t SET d = NULL WHERE id = 3; UPDATE t SET d = 0 WHERE id = 3");
        Assert.Equal(["Mismatched id=3"], Texts(await VerifyAsync(db, "t", exact)));
    }

    [ServerFact(ServerFlavourName.MariaDb1011, ServerFlavourName.MySql97)]
    public async Task Both_flavours_compute_the_same_checksums()
    {
        const string Portable =
            "CREATE TABLE t (id INT PRIMARY KEY, d DOUBLE, f FLOAT, c DECIMAL(30,10), v VARCHAR(20), b BLOB, at DATETIME(3), ti TIME(2), ts TIMESTAMP NULL, y YEAR, bits BIT(9), e ENUM('a','b'))";
        const string Rows =
            "INSERT INTO t VALUES (1, 1e20, 1.17549435E-38, 1.5, 'x', X'00FF', '2024-01-01 01:01:01.5', '-01:00:00.25', '2000-01-01', 2024, b'101', 'b'), "
            + "(2, 1e15, 3.4028234663852886E+38, -0.0000000001, '', '', NULL, NULL, NULL, NULL, NULL, NULL), (3, 5e-324, 16777217, 12345678901234567890.1234567891, '北', X'23', '0000-00-00', '838:59:59', NULL, 0, 0, 'a'), "
            + "(4, 0.1e0, 0.1, 0, NULL, NULL, '9999-12-31 23:59:59.999', 0, '1970-01-02', 1999, 511, NULL), (5, -1.7976931348623157e308, -1, 1, 'a#b', X'2323', NULL, NULL, NULL, NULL, NULL, NULL), (7, 3.012676595157123e-12, 6.714114988426445e-7, 1, 'c', NULL, NULL, NULL, NULL, NULL, NULL, NULL), (8, -2.2250738585072014e-308, -1.17549435e-38, 1, 'd', NULL, NULL, NULL, NULL, NULL, NULL, NULL), "
            + "(6, 1e16, 1e15, 1, 'b', NULL, NULL, NULL, NULL, NULL, NULL, NULL)";
        var maria = await servers.CreateAsync(ServerFlavourName.MariaDb1011);
        var mysql = await servers.CreateAsync(ServerFlavourName.MySql97);
        await maria.AtSourceAsync(Portable);
        await maria.AtSourceAsync(Rows);
        await mysql.AtDestinationAsync(Portable);
        await mysql.AtDestinationAsync(Rows);
        var pair = new TablePair(await TableAsync(maria, maria.Source), await TableAsync(mysql, mysql.Destination));

        var results = new List<TableConsistency>();
        await foreach (
            var result in new FullVerification(Small).RunAsync(
                "p",
                maria.Server.SessionOptions(),
                mysql.Server.SessionOptions(),
                [pair],
                default
            )
        )
            results.Add(result);

        Assert.Empty(Assert.Single(results).Differences);
        Assert.Equal(8, results[0].DestinationRows);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task The_rows_of_both_sides_come_with_their_differences_when_they_are_asked_for(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (a INT, b VARCHAR(5), v VARCHAR(20), bin VARBINARY(5), PRIMARY KEY (a, b))");
        await db.AtSourceAsync("INSERT INTO t VALUES (1, 'x', 'here', X'FF00'), (2, 'x', NULL, NULL), (4, 'x', 'same', NULL)");
        await db.AtDestinationAsync("INSERT INTO t VALUES (1, 'x', 'there', X'FF00'), (3, 'x', '三', NULL), (4, 'x', 'same', NULL)");

        var differences = (await VerifyAsync(db, "t", Small with { IncludeRows = true }))
            .Differences.OrderBy(d => d.Key, StringComparer.Ordinal)
            .ToList();

        Assert.Equal(
            [
                (
                    DifferenceKind.Mismatched,
                    "a=1, b='x'",
                    """{"a":1,"b":"x","v":"here","bin":"0xFF00"}""",
                    """{"a":1,"b":"x","v":"there","bin":"0xFF00"}"""
                ),
                (DifferenceKind.SourceOnly, "a=2, b='x'", """{"a":2,"b":"x","v":null,"bin":null}""", null),
                (DifferenceKind.DestinationOnly, "a=3, b='x'", null, """{"a":3,"b":"x","v":"三","bin":null}"""),
            ],
            differences.Select(d => (d.Kind, d.Key, d.SourceRow, d.DestinationRow))
        );
        Assert.All((await VerifyAsync(db, "t")).Differences, d => Assert.Null(d.SourceRow ?? d.DestinationRow));
    }

    private static IEnumerable<string> Texts(TableConsistency result) => result.Differences.Select(d => d.ToString());

    private static async Task<TableSchema> TableAsync(TwoDatabases db, string database)
    {
        await using var connection = new MySql.RowSession(db.Server.SessionOptions());
        await connection.OpenAsync();
        return (await Oms.Schema.SchemaReader.ReadAsync(connection, [database], default))[0];
    }

    private static async Task FillAsync(TwoDatabases db, string table, int rows)
    {
        var values = string.Join(", ", Enumerable.Range(1, rows).Select(i => $"({i}, 'key{i}', {Row})"));
        await db.AtSourceAsync($"INSERT INTO {table} ({Columns}) VALUES {values}");
        await db.AtDestinationAsync($"INSERT INTO {table} ({Columns}) VALUES {values}");
    }

    private static async Task<List<TableConsistency>> VerifyAsync(TwoDatabases db, VerificationOptions? options = null)
    {
        var results = new List<TableConsistency>();
        await foreach (var result in new FullVerification(options ?? Small).RunAsync(await db.StartLinkAsync(), default))
            results.Add(result);
        return results;
    }

    private static async Task<TableConsistency> VerifyAsync(TwoDatabases db, string table, VerificationOptions? options = null) =>
        (await VerifyAsync(db, options)).Single(r => r.Table == $"{db.Source}.{table}");
}
