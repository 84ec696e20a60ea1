using Oms.MySql.Binlog;
using ZstdSharp;

namespace Oms.MySql.Tests.Replication;

/// <summary>Payloads made here: fields (type, length, value), an end mark, the events. Those that servers compressed are among the recorded
/// logs.</summary>
public class TransactionPayloadTests
{
    private static readonly byte[] s_first = SampleLog.Event(BinlogEventType.Xid, [1, 2, 3, 4, 5, 6, 7, 8], hasChecksum: false);
    private static readonly byte[] s_second = SampleLog.Event(BinlogEventType.RowsQuery, new byte[100_000], hasChecksum: false);

    [Fact]
    public void The_events_of_a_payload_that_is_not_compressed_come_one_by_one()
    {
        using var payload = TransactionPayload.Open(Body([.. s_first, .. s_second], compression: 255));
        Assert.True(payload.TryRead(out var bytes, out var header));
        Assert.Equal(BinlogEventType.Xid, header.Type);
        Assert.Equal(s_first, bytes.ToArray());
        Assert.Equal(8, SampleLog.Format.WithoutChecksum.Body(bytes).Length);
        Assert.True(payload.TryRead(out bytes, out header));
        Assert.Equal(BinlogEventType.RowsQuery, header.Type);
        Assert.Equal(s_second, bytes.ToArray());
        Assert.False(payload.TryRead(out _, out _));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(19 + 4)]
    public void A_payload_that_ends_in_the_middle_of_an_event_is_refused(int length)
    {
        using var payload = TransactionPayload.Open(Body(s_first[..length], compression: 255));
        Assert.Throws<BinlogFormatException>(() => payload.TryRead(out _, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Another_compression_is_refused(byte compression)
    {
        var error = Assert.Throws<BinlogFormatException>(() => TransactionPayload.Open(Body(s_first, compression)));
        Assert.Contains("binlog_transaction_compression=OFF", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_events_of_a_compressed_payload_come_one_by_one()
    {
        using var payload = Compressed([.. s_first, .. s_second], s_first.Length + s_second.Length);
        Assert.True(payload.TryRead(out var bytes, out _));
        Assert.Equal(s_first, bytes.ToArray());
        Assert.True(payload.TryRead(out bytes, out _));
        Assert.Equal(s_second, bytes.ToArray());
        Assert.False(payload.TryRead(out _, out _));
    }

    [Fact]
    public void A_compressed_payload_that_holds_more_than_it_announces_is_refused_before_it_fills_memory()
    {
        byte[] bomb = SampleLog.Event(BinlogEventType.RowsQuery, new byte[64 << 20], hasChecksum: false);
        using var payload = Compressed(bomb, announced: 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BinlogFormatException>(() => payload.TryRead(out _, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Contains("announces 1000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_payload_that_holds_less_than_it_announces_is_refused()
    {
        using var payload = Compressed(s_first, s_first.Length + 1);
        Assert.True(payload.TryRead(out _, out _));
        Assert.Throws<BinlogFormatException>(() => payload.TryRead(out _, out _));
    }

    [Fact]
    public void Data_that_is_cut_short_or_no_zstd_is_refused()
    {
        using var compressor = new Compressor();
        var whole = compressor.Wrap(s_first).ToArray();
        using var cut = TransactionPayload.Open(Body(whole[..^1], compression: 0, uncompressed: (uint)s_first.Length));
        Assert.Throws<BinlogFormatException>(() => cut.TryRead(out _, out _));
        using var other = TransactionPayload.Open(Body(s_first, compression: 0, uncompressed: 100));
        var error = Assert.Throws<BinlogFormatException>(() => other.TryRead(out _, out _));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_of_another_size_than_announced_is_refused()
    {
        var body = Body(s_first, compression: 255);
        Assert.Throws<BinlogFormatException>(() => TransactionPayload.Open(body.AsMemory(..^1)));
    }

    private static TransactionPayload Compressed(byte[] events, int announced)
    {
        using var compressor = new Compressor();
        return TransactionPayload.Open(Body(compressor.Wrap(events).ToArray(), compression: 0, (uint)announced));
    }

    private static byte[] Body(byte[] events, byte compression, uint uncompressed = 0) =>
        [
            2,
            (byte)(compression < 251 ? 1 : 3),
            .. compression < 251 ? [compression] : (byte[])[0xFC, compression, 0],
            .. uncompressed > 0 ? [3, 9, 0xFE, .. BitConverter.GetBytes((ulong)uncompressed)] : (byte[])[],
            1,
            9,
            0xFE,
            .. BitConverter.GetBytes((ulong)events.Length),
            0,
            .. events,
        ];
}
