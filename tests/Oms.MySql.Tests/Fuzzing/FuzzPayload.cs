using Oms.MySql.Binlog;
using Oms.MySql.Tests.Replication;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>MySQL's compressed transactions.</summary>
internal static class FuzzPayload
{
    /// <summary>A payload that is compressed by no method (255), so that damage comes to the events in it.</summary>
    public static byte[] Uncompressed { get; } = Make();

    public static void Read(byte[] body) =>
        Read(
            body,
            (header, inner) =>
            {
                if (header.Type == BinlogEventType.Query)
                    QueryEvent.Parse(inner, header.Type, SampleLog.Format);
            }
        );

    public static void Read(ReadOnlyMemory<byte> body, Action<BinlogEventHeader, ReadOnlyMemory<byte>> read)
    {
        using var payload = TransactionPayload.Open(body);
        while (payload.TryRead(out var bytes, out var header))
            read(header, bytes[BinlogEventHeader.Size..]);
    }

    private static byte[] Make()
    {
        byte[] events =
        [
            .. SampleLog.Event(
                BinlogEventType.Query,
                [9, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, (byte)'d', (byte)'b', 0, .. "BEGIN"u8],
                hasChecksum: false
            ),
            .. SampleLog.Event(BinlogEventType.Xid, new byte[8], hasChecksum: false),
        ];
        return [2, 3, 0xFC, 255, 0, 1, 1, (byte)events.Length, 0, .. events];
    }
}
