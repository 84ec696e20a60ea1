using System.Buffers;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A row event's image, or of an update both.</summary>
/// <param name="LacksGenerated">The images hold no generated columns, as MariaDB's from 11.8 in updates and deletes: they are NULL
/// here.</param>
internal sealed record RowChange(RowsKind Kind, byte[] Image, byte[]? After, bool LacksGenerated)
{
    /// <summary>Reads a table's changes between two positions through the stream and the decoder.</summary>
    public static async Task<List<RowChange>> ReadAsync(
        TestServer server,
        BinlogPosition from,
        BinlogPosition to,
        string table,
        IReadOnlyList<ColumnShape> shapes
    )
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = 77_001, Position = from },
            limit.Token
        );
        var changes = new List<RowChange>();
        var maps = new Dictionary<ulong, RowDecoder>();
        while (true)
        {
            var received = await stream.ReadAsync(limit.Token);
            var body = stream.Format.Body(received.Bytes);
            Assert.Null(EventKinds.RefusalOf(received.Header));
            if (received.Header.Type == BinlogEventType.TableMap)
            {
                var map = TableMap.Parse(body.Span, stream.Format);
                Assert.Equal(map.TableId, TableMap.PeekTableId(body.Span, stream.Format));
                if (map.Table == table)
                    maps[map.TableId] = new RowDecoder(map, shapes);
            }
            else if (IsRows(received.Header.Type))
            {
                var rows = RowsEvent.Parse(body, received.Header.Type, stream.Format);
                if (!maps.TryGetValue(rows.TableId, out var decoder))
                    Assert.True(rows.HasAllColumns || server.Flavour == ServerFlavourName.MariaDb118);
                else if (!rows.HasAllColumns)
                    AssertLacksGenerated(server, rows, shapes);
                if (decoder is not null)
                    Decode(rows, decoder, changes);
            }
            if (!received.IsArtificial && received.Position >= to)
                return changes;
        }
    }

    private static void Decode(RowsEvent rows, RowDecoder decoder, List<RowChange> changes)
    {
        for (var offset = 0; offset < rows.Rows.Length; )
        {
            var image = ReadImage(rows, decoder, ref offset);
            changes.Add(
                new RowChange(
                    rows.Kind,
                    image,
                    rows.Kind == RowsKind.Update ? ReadImage(rows, decoder, ref offset) : null,
                    !rows.HasAllColumns
                )
            );
        }
    }

    private static void AssertLacksGenerated(TestServer server, RowsEvent rows, IReadOnlyList<ColumnShape> shapes)
    {
        Assert.Equal(ServerFlavourName.MariaDb118, server.Flavour);
        Assert.NotEqual(RowsKind.Insert, rows.Kind);
        var columns = rows.Columns!.Value.ToArray();
        Assert.Equal(shapes.Select(s => !s.IsGenerated), shapes.Select((_, i) => (columns[i >> 3] & 1 << (i & 7)) != 0));
    }

    private static byte[] ReadImage(RowsEvent rows, RowDecoder decoder, ref int offset)
    {
        var output = new ArrayBufferWriter<byte>();
        offset = rows.HasAllColumns
            ? decoder.Decode(rows.Rows.Span, offset, output)
            : decoder.DecodeSome(rows.Rows.Span, offset, rows.Columns!.Value.Span, output);
        return output.WrittenSpan.ToArray();
    }

    private static bool IsRows(BinlogEventType type) =>
        type
            is (>= BinlogEventType.WriteRowsV1 and <= BinlogEventType.DeleteRowsV1)
                or (>= BinlogEventType.WriteRowsV2 and <= BinlogEventType.DeleteRowsV2)
                or (>= BinlogEventType.MariaDbWriteRowsCompressedV1 and <= BinlogEventType.MariaDbDeleteRowsCompressed);
}
