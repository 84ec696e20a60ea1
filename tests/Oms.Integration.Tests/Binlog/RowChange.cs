using System.Buffers;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Replication;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A row event's image, or of an update both.</summary>
internal sealed record RowChange(RowsKind Kind, byte[] Image, byte[]? After)
{
    /// <summary>Reads a table's changes between two positions through the stream and the decoder.</summary>
    public static async Task<List<RowChange>> ReadAsync(TestServer server, BinlogPosition from, BinlogPosition to, string table, IReadOnlyList<ColumnShape> shapes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = await BinlogStream.OpenAsync(server.ConnectionString(), new BinlogStreamOptions { ServerId = 77_001, Position = from }, limit.Token);
        var changes = new List<RowChange>();
        var maps = new Dictionary<ulong, RowDecoder>();
        while (true)
        {
            var received = await stream.ReadAsync(limit.Token);
            var body = stream.Format.Body(received.Bytes);
            Assert.NotEqual(BinlogEventHandling.Refused, BinlogEventSupport.Classify(received.Header).Handling);
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
                Assert.True(rows.HasAllColumns);
                if (maps.TryGetValue(rows.TableId, out var decoder))
                    Decode(rows, decoder, changes);
            }
            if (!received.IsArtificial && received.Position >= to)
                return changes;
        }
    }

    private static void Decode(RowsEvent rows, RowDecoder decoder, List<RowChange> changes)
    {
        for (var offset = 0; offset < rows.Rows.Length;)
        {
            var image = ReadImage(rows, decoder, ref offset);
            changes.Add(new RowChange(rows.Kind, image, rows.Kind == RowsKind.Update ? ReadImage(rows, decoder, ref offset) : null));
        }
    }

    private static byte[] ReadImage(RowsEvent rows, RowDecoder decoder, ref int offset)
    {
        var output = new ArrayBufferWriter<byte>();
        offset = decoder.Decode(rows.Rows.Span, offset, output);
        return output.WrittenSpan.ToArray();
    }

    private static bool IsRows(BinlogEventType type) => type is (>= BinlogEventType.WriteRowsV1 and <= BinlogEventType.DeleteRowsV1)
        or (>= BinlogEventType.WriteRowsV2 and <= BinlogEventType.DeleteRowsV2) or (>= BinlogEventType.MariaDbWriteRowsCompressedV1 and <= BinlogEventType.MariaDbDeleteRowsCompressed);
}
