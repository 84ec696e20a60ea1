using System.Net;
using System.Net.Sockets;
using System.Text;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Tests.Replication;

namespace Oms.Integration.Tests.Binlog;

/// <summary>Records what the fuzzing of the unit tests begins with, into the directory that <c>OMS_RECORD_SEEDS</c> names.</summary>
public class RoundTripSeeds
{
    private const int LongestValue = 150,
        LongestDefinition = 400,
        Rows = 3;

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011, "--log-bin-compress-min-len=10")]
    [ServerData(ServerFlavourName.MariaDb118, "--binlog-row-metadata=FULL")]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_server_writes_the_seeds_of_the_fuzzing(ServerFlavourName flavour, params string[] options)
    {
        var database = flavour.ToString().ToLowerInvariant();
        await using var server = await TestServer.StartAsync(flavour, [.. options, "--binlog-checksum=CRC32"]);
        await server.SqlAsync($"CREATE DATABASE {database} CHARACTER SET utf8mb4; FLUSH BINARY LOGS");
        var columns = new StringBuilder();
        string file;
        await using (var session = await RawSession.OpenAsync(server, database))
        {
            foreach (var table in Tables(flavour))
            {
                await WriteAsync(session, table);
                await DescribeAsync(session, database, table.Name, columns);
            }
            await session.ExecuteAsync("CREATE TABLE more (id INT PRIMARY KEY, v VARCHAR(300))");
            foreach (var sql in OwnEvents(flavour))
                await session.ExecuteAsync(sql);
            foreach (var table in new[] { "more", "partly" })
                await DescribeAsync(session, database, table, columns);
            file = (await session.LogEndAsync()).File;
        }
        var packets = await TalkAsync(server, database);
        await server.StopAsync();
        var log = await File.ReadAllBytesAsync(Path.Combine(server.DataDirectory, file));

        var types = RecordedLog.Events(log).Select(e => e.Header.Type).ToHashSet();
        Assert.Superset(Expected(flavour), types);
        if (Environment.GetEnvironmentVariable("OMS_RECORD_SEEDS") is not { Length: > 0 } directory)
            return;
        var path = Path.Combine(directory, flavour.ToString());
        await File.WriteAllBytesAsync(path + ".binlog", log);
        await File.WriteAllTextAsync(path + ".columns", columns.ToString());
        await File.WriteAllBytesAsync(path + ".packets", packets);
    }

    // Small values only: damage to a long text is damage to a text.
    private static IEnumerable<TypeTable> Tables(ServerFlavourName flavour) =>
        TypeTable
            .Of(flavour)
            .Select(table => new TypeTable(
                table.Name,
                [
                    .. table
                        .Samples.Where(s => s.Definition.Length < LongestDefinition)
                        .Select(s =>
                            s with
                            {
                                Values =
                                [
                                    .. s.Values.Where(v => v.Length < LongestValue && !v.Contains("REPEAT", StringComparison.Ordinal)),
                                ],
                            }
                        ),
                ]
            ));

    private static async Task WriteAsync(RawSession session, TypeTable table)
    {
        await session.ExecuteAsync(table.CreateSql);
        for (var row = 0; row < Rows; row++)
            await session.ExecuteLaxAsync(Encoding.UTF8.GetBytes(table.InsertSql(row, row + 1)));
        await session.ExecuteAsync($"UPDATE {table.Name} SET touch = 1 WHERE id = 1; DELETE FROM {table.Name} WHERE id = 2");
    }

    private static async Task DescribeAsync(RawSession session, string database, string table, StringBuilder columns)
    {
        var rows = await session.StringsAsync(
            $"""
            SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME), COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, CHARACTER_OCTET_LENGTH, IS_NULLABLE, EXTRA
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{database}' AND TABLE_NAME = '{table}' ORDER BY ORDINAL_POSITION
            """
        );
        foreach (var row in rows)
            columns.AppendJoin('\t', row.Select(value => value ?? "\\N")).Append('\n');
    }

    private static string[] OwnEvents(ServerFlavourName flavour) =>
        flavour switch
        {
            ServerFlavourName.MySql97 =>
            [
                "SET gtid_next='AUTOMATIC:blue'; INSERT INTO more VALUES (1, 'tagged'); SET gtid_next='AUTOMATIC'",
                "XA START 'g', 'b', 7; INSERT INTO more VALUES (2, 'xa'); XA END 'g', 'b', 7; XA PREPARE 'g', 'b', 7; XA COMMIT 'g', 'b', 7",
                "SET binlog_row_value_options='PARTIAL_JSON'; CREATE TABLE partly (id INT PRIMARY KEY, j JSON); INSERT INTO partly VALUES (1, JSON_OBJECT('a', REPEAT('x', 100), 'b', JSON_ARRAY(1, 2))); UPDATE partly SET j = JSON_SET(j, '$.b[0]', 5); SET binlog_row_value_options=''",
                "SET binlog_transaction_compression=ON; INSERT INTO more VALUES (3, REPEAT('compressed', 20)), (4, 'x'); UPDATE more SET v = CONCAT(v, '!'); SET binlog_transaction_compression=OFF",
            ],
            ServerFlavourName.MariaDb1011 =>
            [
                "XA START 'g', 'b', 7; INSERT INTO more VALUES (2, 'xa'); XA END 'g', 'b', 7; XA PREPARE 'g', 'b', 7; XA COMMIT 'g', 'b', 7",
                "SET GLOBAL log_bin_compress=ON; INSERT INTO more VALUES (3, REPEAT('compressed', 20)), (4, 'x'); UPDATE more SET v = CONCAT(v, '!'); DELETE FROM more; ALTER TABLE more COMMENT 'a statement long enough to be compressed'",
            ],
            _ => ["INSERT INTO more VALUES (1, 'x'); UPDATE more SET v = 'y'; DELETE FROM more"],
        };

    private static HashSet<BinlogEventType> Expected(ServerFlavourName flavour) =>
        flavour switch
        {
            ServerFlavourName.MySql97 =>
            [
                BinlogEventType.GtidTagged,
                BinlogEventType.XaPrepare,
                BinlogEventType.PartialUpdateRows,
                BinlogEventType.TransactionPayload,
                BinlogEventType.WriteRowsV2,
            ],
            ServerFlavourName.MariaDb1011 =>
            [
                BinlogEventType.XaPrepare,
                BinlogEventType.MariaDbQueryCompressed,
                BinlogEventType.MariaDbUpdateRowsCompressedV1,
                BinlogEventType.WriteRowsV1,
                BinlogEventType.MariaDbGtidList,
            ],
            _ => [BinlogEventType.MariaDbGtid, BinlogEventType.WriteRowsV1],
        };

    /// <summary>A short conversation; returns all that the server sent.</summary>
    private static async Task<byte[]> TalkAsync(TestServer server, string database)
    {
        using var tap = new TcpListener(IPAddress.Loopback, 0);
        tap.Start();
        using var taken = new MemoryStream();
        var listening = ListenAsync(tap, server.Port, taken);
        await using (
            var session = new RowSession(
                new SessionOptions(
                    $"Server=127.0.0.1;Port={((IPEndPoint)tap.LocalEndpoint).Port};User ID=root;Password={server.Root.Password};Database={database};SslMode=None;AllowPublicKeyRetrieval=true"
                )
            )
        )
        {
            await session.OpenAsync();
            await session.QueryRowsAsync("SELECT 1, NULL, 'text', 1.5, NOW(6), REPEAT('x', 300)");
            await session.QueryRowsAsync("SELECT * FROM t0; SELECT * FROM t1");
            await session.ExecuteAsync("UPDATE more SET v = 'z' WHERE id < 0");
            await Assert.ThrowsAsync<MySqlException>(() => session.ExecuteAsync("SELECT * FROM nowhere"));
        }
        await listening;
        return taken.ToArray();
    }

    private static async Task ListenAsync(TcpListener tap, int port, MemoryStream taken)
    {
        using var client = await tap.AcceptTcpClientAsync();
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, port);
        await Task.WhenAll(PumpAsync(client, server, null), PumpAsync(server, client, taken));
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to, MemoryStream? taken)
    {
        var buffer = new byte[64 * 1024];
        // A client whose other side has gone gives no stream any more.
        var (source, sink) = (from.GetStream(), to.GetStream());
        try
        {
            for (int read; (read = await source.ReadAsync(buffer)) > 0; )
            {
                taken?.Write(buffer.AsSpan(0, read));
                await sink.WriteAsync(buffer.AsMemory(0, read));
            }
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // One side has gone: the conversation is over.
        }
    }
}
