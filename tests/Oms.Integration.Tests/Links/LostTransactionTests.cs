using System.Buffers.Binary;
using Oms.Changes;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms.Integration.Tests.Links;

/// <summary>A server's crash leaves a transaction without an end in its log: a replica may have got a part of it before.</summary>
public sealed class LostTransactionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-lost-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Rows_of_a_transaction_without_an_end_are_not_applied_with_the_next_one(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); FLUSH BINARY LOGS");
        var first = (await server.SqlAsync("SHOW BINARY LOGS"))[^1][0]!;
        await server.SqlAsync("INSERT INTO shop.t VALUES (1); INSERT INTO shop.t VALUES (2); FLUSH BINARY LOGS");
        var second = (await server.SqlAsync("SHOW BINARY LOGS"))[^1][0]!;
        await server.SqlAsync("INSERT INTO shop.t VALUES (3)");

        using var store = LogStore.Open(_directory);
        // The file ends behind the rows of the second transaction, as if the server had died there.
        Append(store, server, first, events => events[..events.FindLastIndex(e => Type(e) == BinlogEventType.Xid)]);
        Append(store, server, second, events => events);
        store.Flush();
        await using var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        var table = (await SchemaReader.ReadAsync(connection, ["shop"], default)).Single();
        using var log = new LogReader(store, new BinlogPosition(first, LogSegment.FirstOffset));
        using var reader = new TransactionReader(
            log,
            new Dictionary<TableName, TableBinding> { [table.Name] = new(new TablePair(table, table)) },
            new ReaderOptions
            {
                Link = "link",
                MarkDatabase = "oms",
                RelayOrigins = new HashSet<string>(),
            }
        );
        var batch = new ChangeBatch();
        Assert.False(reader.Fill(batch));

        Assert.Equal(
            ["1", "3"],
            batch.Changes.Select(c =>
            {
                TextRow.TryGet(batch.Row(c.After), 0, out var id);
                return System.Text.Encoding.ASCII.GetString(id);
            })
        );
        Assert.Equal((2, false), (batch.Transactions, reader.IsInTransaction));
    }

    private static void Append(LogStore store, TestServer server, string file, Func<List<byte[]>, List<byte[]>> choose)
    {
        var bytes = File.ReadAllBytes(Path.Combine(server.DataDirectory, file));
        var events = new List<byte[]>();
        for (var at = (int)LogSegment.FirstOffset; at < bytes.Length; at += events[^1].Length)
            events.Add(bytes[at..(at + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 9)))]);
        store.BeginSegment(new BinlogPosition(file, LogSegment.FirstOffset), []);
        foreach (var one in choose(events))
            store.Append(one);
    }

    private static BinlogEventType Type(byte[] bytes) => (BinlogEventType)bytes[4];
}
