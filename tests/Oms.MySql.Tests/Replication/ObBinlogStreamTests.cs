using System.Buffers;
using System.Text;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Our streams and connections against the subset of the protocol that OceanBase's binlog service speaks.</summary>
public sealed class ObBinlogStreamTests : IAsyncDisposable
{
    private const byte Query = 0x03,
        Dump = 0x12,
        Register = 0x15,
        DumpGtid = 0x1E,
        Quit = 0x01;

    private static readonly ColumnShape[] s_shapes =
    [
        SampleLog.Shape("id", "bigint", "bigint unsigned"),
        SampleLog.Shape("item", "varchar", "varchar(300)", 1200) with
        {
            CharacterSet = "utf8mb4",
        },
        SampleLog.Shape("price", "decimal", "decimal(10,2)"),
        SampleLog.Shape("paid", "datetime", "datetime(3)"),
        SampleLog.Shape("note", "text", "text", 65535) with
        {
            CharacterSet = "utf8mb4",
        },
        SampleLog.Shape("kind", "enum", "enum('new','old')"),
        SampleLog.Shape("raw", "varbinary", "varbinary(20)", 20),
        SampleLog.Shape("amount", "smallint", "smallint"),
    ];

    private readonly FakeObBinlogServer _server = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _limit.Dispose();
    }

    [Fact]
    public async Task A_stream_by_position_reads_every_row_with_commands_that_the_service_has()
    {
        var rows = await ReadRowsAsync(new BinlogStreamOptions { ServerId = 1, Position = _server.Start });
        var note = new string('n', 300);
        Assert.Equal(
            [
                "Insert 1|tea|2.50|2026-01-02 03:04:05.678|NULL|1|\0\uFFFD",
                $"Insert 18446744073709551615|北京😀|-99999999.99|NULL|{note}|2|",
                "Insert 3|cup|10.00|2026-01-02 03:04:05.000||NULL|NULL",
                "Update 1|tea|2.50|2026-01-02 03:04:05.678|NULL|1|\0\uFFFD",
                "Update 1|tea|2.75|2026-01-02 03:04:05.678|NULL|2|\0\uFFFD",
                $"Delete 18446744073709551615|北京😀|-99999999.99|NULL|{note}|2|",
                "Insert 4|pot|33.00|NULL|NULL|1|NULL|-32768",
                "Update 3|cup|10.00|2026-01-02 03:04:05.000||NULL|NULL|-1",
                "Update 3|cup|10.00|2026-01-02 03:04:05.000||NULL|NULL|7",
            ],
            rows
        );
        Assert.All(_server.Commands, c => Assert.Contains(c.Command, new[] { Query, Register, Dump }));
        Assert.Single(_server.Commands, c => c.Command == Dump);
    }

    [Fact]
    public async Task A_stream_by_GTID_leaves_out_what_is_had()
    {
        var rows = await ReadRowsAsync(
            new BinlogStreamOptions { ServerId = 1, MySqlGtidSet = MySqlGtidSet.Parse($"{FakeObBinlogServer.Uuid}:1-4:6") }
        );
        Assert.Equal(["Insert 3", "Update 1", "Update 1", "Delete 1", "Insert 4", "Update 3", "Update 3"], rows.Select(row => row[..8]));
        Assert.Single(_server.Commands, c => c.Command == DumpGtid);
    }

    [Fact]
    public async Task A_position_that_it_does_not_hold_is_told_with_the_files_that_it_holds()
    {
        await using var stream = await BinlogStream.OpenAsync(
            _server.Options,
            new BinlogStreamOptions { ServerId = 1, Position = new("mysql-bin.000000", 4) },
            _limit.Token
        );
        var error = await Assert.ThrowsAsync<MySqlException>(async () => await stream.ReadAsync(_limit.Token));
        Assert.Equal(1236, error.Number);
        Assert.Contains("holds mysql-bin.000001 to mysql-bin.000002", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_opens_asks_and_closes_again_and_again_with_commands_that_the_service_has()
    {
        for (var i = 0; i < 3; i++)
        {
            await using var connection = new RowSession(_server.Options);
            await connection.OpenAsync(_limit.Token);
            Assert.Equal(ServerFlavour.OceanBase, connection.Flavour);
            Assert.Equal(FakeObBinlogServer.Version, connection.ServerVersion);
            Assert.Equal(67108864, connection.MaxAllowedPacket);
            Assert.Equal<string?[]>(
                [_server.End.File, $"{_server.End.Offset}", "", "", $"{FakeObBinlogServer.Uuid}:1-8"],
                (await connection.QueryRowAsync("SHOW MASTER STATUS", _limit.Token))!
            );
            // Unknown to it, which it answers by an OK.
            Assert.Null(await connection.QueryRowAsync("SHOW BINARY LOG STATUS", _limit.Token));
        }
        Assert.All(_server.Commands, c => Assert.Contains(c.Command, new[] { Query, Quit }));
    }

    private async Task<List<string>> ReadRowsAsync(BinlogStreamOptions options)
    {
        await using var stream = await BinlogStream.OpenAsync(_server.Options, options, _limit.Token);
        var rows = new List<string>();
        RowDecoder? decoder = null;
        while (true)
        {
            var e = await stream.ReadAsync(_limit.Token);
            Assert.Null(EventKinds.RefusalOf(e.Header));
            Assert.Equal(1147473732U, e.Header.ServerId);
            var body = stream.Format.Body(e.Bytes);
            if (e.Header.Type == BinlogEventType.FormatDescription)
                Assert.StartsWith("5.7.38", stream.Format.ServerVersion, StringComparison.Ordinal);
            else if (e.Header.Type == BinlogEventType.TableMap)
                decoder = new RowDecoder(TableMap.Parse(body.Span, stream.Format), s_shapes[..ColumnCount(body.Span)]);
            else if (e.Header.Type is BinlogEventType.WriteRowsV2 or BinlogEventType.UpdateRowsV2 or BinlogEventType.DeleteRowsV2)
                Decode(RowsEvent.Parse(body, e.Header.Type, stream.Format), decoder!, rows);
            if (!e.IsArtificial && e.Position == _server.End)
                return rows;
        }
    }

    private static void Decode(RowsEvent rows, RowDecoder decoder, List<string> output)
    {
        var images = 0;
        for (var offset = 0; offset < rows.Rows.Length; images++)
        {
            var image = new ArrayBufferWriter<byte>();
            offset = decoder.Decode(rows.Rows.Span, offset, image);
            var values = new List<string>();
            for (var row = new TextRow(image.WrittenSpan); row.TryRead(out var value, out var isNull); )
                values.Add(isNull ? "NULL" : Encoding.UTF8.GetString(value));
            output.Add($"{rows.Kind} {string.Join('|', values)}");
        }
        Assert.Equal(rows.Kind == RowsKind.Update ? 2 : 1, images);
    }

    private static int ColumnCount(ReadOnlySpan<byte> tableMap)
    {
        var at = 8 + tableMap[8] + 2;
        return tableMap[at + tableMap[at] + 2];
    }
}
