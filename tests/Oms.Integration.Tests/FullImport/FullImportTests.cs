using Oms.FullImport;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.FullImport;

public class FullImportTests(ServersByFlavour servers) : IClassFixture<ServersByFlavour>
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Tables_are_copied_in_the_order_of_any_kind_of_key(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        var keys = new Dictionary<string, (string Column, string[] Values)>
        {
            ["bigints"] = ("BIGINT UNSIGNED NOT NULL", ["0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551615"]),
            ["ints"] = ("INT NOT NULL", ["-2147483648", "-1", "0", "2147483647"]),
            ["texts"] = (
                "VARCHAR(20) COLLATE utf8mb4_unicode_ci NOT NULL",
                ["''", "'a'", "'B'", "'é'", "'ß'", "'z'", "'北京'", "'😀'", "'a#'", "'it''s \\\\ a key'"]
            ),
            ["latins"] = ("VARCHAR(20) CHARACTER SET latin1 NOT NULL", ["_latin1 X'E9'", "'b'", "'C'", "_latin1 X'FF'"]),
            ["bytes"] = ("BINARY(4) NOT NULL", ["X'00000000'", "X'00270000'", "X'615C0A1A'", "X'FFFFFFFF'", "'a'"]),
            ["varbytes"] = ("VARBINARY(6) NOT NULL", ["''", "X'00'", "X'0000'", "X'C328'", "X'FF'"]),
            ["times"] = (
                "DATETIME(6) NOT NULL",
                ["'0000-00-00'", "'1000-01-01 00:00:00.000001'", "'2024-02-30 01:02:03.4'", "'9999-12-31 23:59:59.999999'"]
            ),
            ["durations"] = ("TIME(3) NOT NULL", ["'-838:59:59'", "'-00:00:00.001'", "'00:00:00'", "'838:59:58.999'"]),
            ["stamps"] = ("TIMESTAMP(3) NOT NULL", ["'1970-01-01 00:00:01'", "'2024-06-01 12:00:00.123'", "'2038-01-19 03:14:07'"]),
            ["years"] = ("YEAR NOT NULL", ["0", "1901", "2000", "2155"]),
            ["decimals"] = (
                "DECIMAL(65,30) NOT NULL",
                [
                    "-99999999999999999999999999999999999.999999999999999999999999999999",
                    "0.000000000000000000000000000001",
                    "1.5",
                    "99999999999999999999999999999999999.999999999999999999999999999999",
                ]
            ),
            ["enums"] = ("ENUM('z','a','m') NOT NULL", ["'z'", "'a'", "'m'"]),
            ["sets"] = ("SET('z','a','m') NOT NULL", ["0", "1", "2", "7"]),
            ["bits"] = ("BIT(64) NOT NULL", ["0", "1", "9223372036854775808", "18446744073709551615"]),
            ["doubles"] = ("DOUBLE NOT NULL", ["-1.7976931348623157e308", "0", "0.1", "2.2250738585072014e-308", "1e300"]),
        };
        foreach (var (table, (column, values)) in keys)
        {
            await db.CreateAsync($"CREATE TABLE {table} (k {column}, n INT NOT NULL, v VARCHAR(30), PRIMARY KEY (k, n))");
            var rows = values.SelectMany(v => Enumerable.Range(-2, 6).Select(n => $"({v}, {n}, REPEAT('x', {n + 2}))"));
            await db.AtSourceAsync($"INSERT INTO {table} VALUES {string.Join(", ", rows)}");
        }

        var progress = await db.CopyAsync();

        Assert.Equal(keys.Sum(k => k.Value.Values.Length) * 6L, progress.RowsCopied);
        Assert.Equal(keys.Count, progress.TablesCopied);
        foreach (var table in keys.Keys)
            await db.AssertEqualAsync(table);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Values_arrive_as_they_are_and_generated_columns_are_left_to_the_server(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync(
            """
            CREATE TABLE v (id INT AUTO_INCREMENT PRIMARY KEY, e ENUM('a','b'), f FLOAT, t TEXT, b BLOB, j JSON, g GEOMETRY, ts TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
              twice INT AS (CHAR_LENGTH(t) * 2) STORED, big VARCHAR(10) CHARACTER SET utf16)
            """
        );
        await db.AtSourceAsync(
            """
            INSERT INTO v (id, e, f, t, b, j, g, ts, big) VALUES (0, 0, 0.1, 'x', X'00FF', '{"a": 1.0}', ST_GeomFromText('POINT(1 2)', 4326), '2001-01-01', '𝄞'), (1, 'b', 1.17549435E-38, '', '', NULL, NULL, NULL, NULL),
              (2, NULL, 3.4028234663852886E+38, NULL, NULL, NULL, NULL, NULL, ''), (3, 0, 16777217, 'it''s\\', X'275C00', '[]', NULL, '1999-12-31', 'a')
            """
        );

        await db.CopyAsync();

        await db.AssertEqualAsync("v");
        Assert.Equal("0", await db.Server.ScalarAsync($"SELECT e + 0 FROM {db.Destination}.v WHERE id = 0"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_copy_that_is_stopped_again_and_again_writes_each_row_exactly_once(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE big (a INT NOT NULL, b VARCHAR(10) NOT NULL, v VARCHAR(50), PRIMARY KEY (a, b))");
        await db.CreateAsync("CREATE TABLE small (id INT PRIMARY KEY)");
        await db.AtSourceAsync(
            $"INSERT INTO big VALUES {string.Join(", ", Enumerable.Range(0, 3000).Select(i => $"({i / 10}, 'k{i % 10}', 'value {i}')"))}"
        );
        await db.AtSourceAsync("INSERT INTO small VALUES (1), (2)");
        var options = TwoDatabases.Tiny with { RangeRows = 200, ReadRows = 50, ChunkRows = 20 };
        var random = new Random(1);

        // Each run is cut off after a few more rows: by cancellation, or by killing its connections as a broken network would.
        for (var run = 0; run < 12; run++)
        {
            var context = await db.StartLinkAsync();
            using var stop = new CancellationTokenSource();
            var copy = new FullMigration(options).RunAsync(context, stop.Token);
            var rows = random.Next(10, 400);
            while (context.Progress.RowsCopied < rows && !copy.IsCompleted)
                await Task.Yield();
            if (run % 3 == 2)
                await KillOtherConnectionsAsync(db);
            else
                await stop.CancelAsync();
            if (run % 3 != 2)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copy);
            else
                await copy;
            if (run % 3 == 2)
                break;
        }

        var last = await db.CopyAsync(options: options);

        await db.AssertEqualAsync("big");
        await db.AssertEqualAsync("small");
        Assert.Equal(2, last.TablesCopied);
        Assert.Equal("3002", await db.Server.ScalarAsync($"SELECT SUM(row_count) FROM {db.Marks}.full_import"));
        Assert.Equal("0", await db.Server.ScalarAsync($"SELECT SUM(ignored) FROM {db.Marks}.full_import"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_row_that_exists_stops_the_copy_by_name_and_a_resume_keeps_and_counts_it(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (id INT PRIMARY KEY, u INT UNIQUE, v VARCHAR(5), e ENUM('x'))");
        await db.AtSourceAsync(
            $"INSERT INTO t VALUES {string.Join(", ", Enumerable.Range(1, 60).Select(i => $"({i}, {i}, 'new', {i % 2})"))}"
        );
        await db.AtDestinationAsync("INSERT INTO t VALUES (42, 42, 'old', 'x'), (100, 17, 'old', 'x')");

        var error = await Assert.ThrowsAsync<OmsException>(() => db.CopyAsync());
        Assert.Equal("RecordExists", error.Id);
        Assert.Equal(OmsErrorKind.DataConflict, error.Kind);
        Assert.Matches($@"{db.Destination}\.t .*'(42|17)'", error.Message);

        await db.CopyAsync(ExistingRecords.Ignore);
        Assert.Equal("60", await db.Server.ScalarAsync($"SELECT COUNT(*) FROM {db.Destination}.t"));
        Assert.Equal("42,100", await db.Server.ScalarAsync($"SELECT GROUP_CONCAT(id ORDER BY id) FROM {db.Destination}.t WHERE v = 'old'"));
        Assert.Equal("58 2", await db.Server.ScalarAsync($"SELECT CONCAT(SUM(row_count), ' ', SUM(ignored)) FROM {db.Marks}.full_import"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Keeping_existing_rows_does_not_let_a_value_be_cut_off(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.Server.SqlAsync("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10))", db.Source);
        await db.Server.SqlAsync("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(5)); INSERT INTO t VALUES (2, 'old')", db.Destination);
        await db.AtSourceAsync("INSERT INTO t VALUES (1, 'much'), (2, 'new'), (3, 'too long')");

        var error = await Assert.ThrowsAsync<OmsException>(() =>
            db.CopyAsync(ExistingRecords.Ignore, TwoDatabases.Tiny with { StatementBytes = 1000 })
        );

        Assert.Equal(OmsErrorKind.SchemaMismatch, error.Kind);
        Assert.Equal("1", await db.Server.ScalarAsync($"SELECT COUNT(*) FROM {db.Destination}.t"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task An_older_process_writes_nothing_once_its_link_was_taken_over(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (id INT PRIMARY KEY)");
        await db.AtSourceAsync("INSERT INTO t VALUES (1), (2), (3)");
        var old = await db.StartLinkAsync();
        var newer = await db.StartLinkAsync();
        await new FullMigration(TwoDatabases.Tiny).RunAsync(newer, default);
        await db.AtDestinationAsync("DELETE FROM t");
        await db.Server.SqlAsync($"DELETE FROM {db.Marks}.full_import");

        var error = await Assert.ThrowsAsync<OmsException>(() => new FullMigration(TwoDatabases.Tiny).RunAsync(old, default));

        Assert.Equal("LinkTakenOver", error.Id);
        Assert.Equal("0", await db.Server.ScalarAsync($"SELECT COUNT(*) FROM {db.Destination}.t"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Rows_of_megabytes_are_copied_one_a_chunk_and_one_that_no_packet_holds_is_named(ServerFlavourName flavour)
    {
        var db = await servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)");
        await db.AtSourceAsync("INSERT INTO t VALUES (1, REPEAT(X'27', 3000000)), (2, 'small'), (3, REPEAT(X'00', 2500000)), (4, NULL)");

        await db.CopyAsync();

        await db.AssertEqualAsync("t");
        await db.AtSourceAsync("INSERT INTO t VALUES (5, REPEAT(X'27', 8900000))");
        if (flavour == ServerFlavourName.MariaDb1011)
        {
            await db.AtDestinationAsync("DELETE FROM t");
            await db.Server.SqlAsync($"DELETE FROM {db.Marks}.full_import");
            var error = await Assert.ThrowsAsync<OmsException>(() => db.CopyAsync());
            Assert.Equal("RowTooLarge", error.Id);
            Assert.Contains("id=4", error.Message);
        }
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_server_that_crashes_and_comes_back_is_waited_for(ServerFlavourName flavour)
    {
        // A server of its own: the others' tests run on the shared one.
        await using var own = new OwnServers();
        var db = await own.Servers.CreateAsync(flavour);
        await db.CreateAsync("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(50))");
        await db.AtSourceAsync($"INSERT INTO t VALUES {string.Join(", ", Enumerable.Range(0, 5000).Select(i => $"({i}, 'value {i}')"))}");
        var context = await db.StartLinkAsync();

        var copy = new FullMigration(TwoDatabases.Tiny with { RangeRows = 1000 }).RunAsync(context, default);
        while (context.Progress.RowsCopied < 50 && !copy.IsCompleted)
            await Task.Yield();
        await db.Server.KillAsync();
        await db.Server.RestartAsync();
        await copy;

        await db.AssertEqualAsync("t");
        Assert.Equal(5000, context.Progress.RowsCopied);
        Assert.Equal(
            "5000 0",
            await db.Server.ScalarAsync($"SELECT CONCAT(SUM(row_count), ' ', SUM(ignored)) FROM {db.Marks}.full_import")
        );
    }

    private sealed class OwnServers : IAsyncDisposable
    {
        public ServersByFlavour Servers { get; } = new();

        public async ValueTask DisposeAsync() => await Servers.DisposeAsync();
    }

    private static async Task KillOtherConnectionsAsync(TwoDatabases db)
    {
        var ids = await db.Server.SqlAsync("SELECT id FROM information_schema.processlist WHERE user = 'root' AND id <> CONNECTION_ID()");
        foreach (var id in ids)
        {
            try
            {
                await db.Server.SqlAsync($"KILL {id[0]}");
            }
            catch (Exception e) when (e.Message.Contains("Unknown thread", StringComparison.Ordinal))
            {
                // It ended by itself meanwhile.
            }
        }
    }
}
