using Oms.MySql.Replication;

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
    public void Data_that_zstd_can_not_read_is_refused()
    {
        using var payload = TransactionPayload.Open(Body(s_first, compression: 0, uncompressed: 100));
        Assert.Throws<BinlogFormatException>(() => payload.TryRead(out _, out _));
    }

    [Fact]
    public void A_payload_of_another_size_than_announced_is_refused()
    {
        var body = Body(s_first, compression: 255);
        Assert.Throws<BinlogFormatException>(() => TransactionPayload.Open(body.AsMemory(..^1)));
    }

    private static byte[] Body(byte[] events, byte compression, byte uncompressed = 0) =>
        [
            2,
            (byte)(compression < 251 ? 1 : 3),
            .. compression < 251 ? [compression] : (byte[])[0xFC, compression, 0],
            .. uncompressed > 0 ? [3, 1, uncompressed] : (byte[])[],
            1,
            9,
            0xFE,
            .. BitConverter.GetBytes((ulong)events.Length),
            0,
            .. events,
        ];
}
