using System.Data.Common;
using System.Globalization;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>Writers side by side, each with rows of its own, on a table with a column of every type, one whose unique values are swapped,
/// and one with a foreign key.</summary>
internal sealed class WideLoad
{
    private const int RowsOfWriter = 100;

    private readonly TestServer _server;
    private readonly string _database;
    private readonly Task _work;
    private volatile bool _stopping;
    private long _transactions;

    private WideLoad(TestServer server, string database, int writers)
    {
        (_server, _database) = (server, database);
        _work = Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() => WriteAsync(w))));
    }

    /// <summary>How many transactions were committed.</summary>
    public long Transactions => Interlocked.Read(ref _transactions);

    /// <summary>The tables as text, whichever the product.</summary>
    public static IReadOnlyList<string> Dumps { get; } =
    [
        "SELECT id, ti, bu, de, CAST(fl AS DOUBLE), db, HEX(bt), yr, da, tm, dt, ts, ch, vc, tx, HEX(vb), HEX(bl), en, en + 0, st + 0, js, HEX(ST_AsBinary(po)), gv, gs FROM wide ORDER BY id",
        "SELECT id, place FROM swap ORDER BY id",
        "SELECT id, wide FROM child ORDER BY id",
    ];

    public static string Schema(string database) =>
        $"""
            CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
            USE {database};
            CREATE TABLE wide (id INT PRIMARY KEY, ti TINYINT, bu BIGINT UNSIGNED, de DECIMAL(65,30), fl FLOAT, db DOUBLE, bt BIT(64), yr YEAR, da DATE, tm TIME(6), dt DATETIME(6),
              ts TIMESTAMP(6) NULL, ch CHAR(10), vc VARCHAR(100), tx TEXT, vb VARBINARY(50), bl BLOB, en ENUM('a','b','c'), st SET('x','y','z'), js JSON, po POINT,
              gv INT GENERATED ALWAYS AS (id * 2) VIRTUAL, gs VARCHAR(110) GENERATED ALWAYS AS (CONCAT(vc, '!')) STORED, KEY (vc)) ENGINE=InnoDB;
            CREATE TABLE swap (id INT PRIMARY KEY, place INT, UNIQUE KEY (place)) ENGINE=InnoDB;
            CREATE TABLE child (id INT PRIMARY KEY, wide INT, CONSTRAINT child_wide FOREIGN KEY (wide) REFERENCES wide (id)) ENGINE=InnoDB;
            INSERT INTO wide (id, vc) VALUES (-1, 'first'), (-2, 'ü');
            INSERT INTO swap VALUES (-1, -1);
            INSERT INTO child VALUES (-1, -2);
            """;

    public static WideLoad Start(TestServer server, string database, int writers) => new(server, database, writers);

    /// <summary>Ends after the transactions under way; throws what ended the load before.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        return _work;
    }

    private async Task WriteAsync(int writer)
    {
        var random = new Random(writer);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!_stopping)
        {
            await timer.WaitForNextTickAsync();
            var sql = string.Concat(Enumerable.Range(0, 10).Select(_ => $"BEGIN; {Change(random, writer * RowsOfWriter)} COMMIT; "));
            try
            {
                await _server.SqlAsync(
                    $"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET time_zone = '+00:00'; SET sql_mode = ''; {sql}",
                    _database
                );
            }
            catch (DbException e) when (e.IsTransient)
            {
                // Two writers' keys are neighbours at the ends of their ranges: a deadlock, as users have them.
            }
            Interlocked.Add(ref _transactions, 10);
        }
    }

    private static string Change(Random random, int first)
    {
        var (id, other) = (first + random.Next(RowsOfWriter), first + random.Next(RowsOfWriter));
        return random.Next(6) switch
        {
            0 => $"DELETE FROM child WHERE wide = {id}; DELETE FROM wide WHERE id = {id};",
            1 => $"INSERT INTO swap VALUES ({id}, {id}) ON DUPLICATE KEY UPDATE place = place;",
            2 =>
                $"SELECT MAX(IF(id = {id}, place, NULL)), MAX(IF(id = {other}, place, NULL)) INTO @p, @q FROM swap WHERE id IN ({id}, {other}); "
                    + $"DELETE FROM swap WHERE id IN ({id}, {other}); INSERT INTO swap SELECT {id}, @q UNION SELECT {other}, @p;",
            3 => $"INSERT IGNORE INTO wide (id) VALUES ({id}); INSERT IGNORE INTO child VALUES ({other}, {id});",
            _ => $"INSERT INTO wide ({Columns}) VALUES ({Row(random, id)}) ON DUPLICATE KEY UPDATE {Changed};",
        };
    }

    private const string Columns = "id, ti, bu, de, fl, db, bt, yr, da, tm, dt, ts, ch, vc, tx, vb, bl, en, st, js, po";

    private static readonly string Changed = string.Join(", ", Columns.Split(", ").Skip(1).Select(c => $"{c} = VALUES({c})"));

    private static string Row(Random random, int id)
    {
        var n = random.Next(1_000_000);
        var text = random.Next(4) switch
        {
            0 => "NULL",
            1 => $"'{n} ü北京'",
            2 => $"'it''s \\\\ \\n {n}'",
            _ => "''",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{id}, {(n % 256) - 128}, {ulong.MaxValue - (ulong)n}, {n}.{n:000000}123456789012345678901234, {n / 8.0}, {n / 16.0}, b'{Convert.ToString(n, 2)}', {1901 + n % 250}, {(n % 5 == 0 ? "'0000-00-00'" : $"'{1000 + n % 9000}-02-28'")}, '-{n % 800}:59:01.{n:000000}', '2026-01-02 03:04:05.{n:000000}', '2030-01-01 00:00:00.{n:000000}', {text}, {text}, {text}, X'{n:X8}00', X'00{n:X8}', '{"abc"[n % 3]}', '{(n % 2 == 0 ? "x,z" : "")}', {(n % 3 == 0 ? "NULL" : $"'{{\"a\": {n}, \"b\": [true, null, \"ü\"]}}'")}, ST_GeomFromText('POINT({n % 180} 1.5)')"
        );
    }
}
