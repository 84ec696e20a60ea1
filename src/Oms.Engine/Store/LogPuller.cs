using Oms.MySql;
using Oms.MySql.Replication;

namespace Oms.Store;

/// <summary>Pulls the source's log into the Store, for as long as the link runs; a lost connection is made again, and the log goes on behind the last event that came whole.</summary>
internal sealed class LogPuller(LogStore store, string connectionString, string link)
{
    private static readonly ReconnectOptions Reconnect = new() { Resume = ResumePoint.Event };

    /// <summary>Runs until cancelled; throws what can't be mended by connecting again.</summary>
    /// <param name="from">Where to begin when the Store is empty.</param>
    public async Task RunAsync(BinlogPosition from, CancellationToken cancellationToken)
    {
        // A reader of the log needs an id of its own among the source's replicas.
        var serverId = (uint)Random.Shared.NextInt64(1L << 30, 1L << 32);
        var options = new BinlogStreamOptions { ServerId = serverId, Position = store.WritePosition ?? from };
        await using var stream = new ReconnectingBinlogStream(connectionString, options, Reconnect);
        try
        {
            await PullAsync(stream, options.Position.Value, cancellationToken);
        }
        catch (MySqlException e) when (e.Number == 1236)
        {
            throw new OmsException("SourceLogPurged", OmsErrorKind.InvalidState, $"The source can't send its binary log from {store.WritePosition ?? from} to link '{link}': {e.Message}",
                "If the source has purged that part of its log, the link can't go on from here: remove the project and migrate again, and keep binlogs longer (binlog_expire_logs_seconds).", link, e);
        }
    }

    private async Task PullAsync(ReconnectingBinlogStream stream, BinlogPosition expected, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pending = stream.ReadAsync(cancellationToken);
            if (!pending.IsCompleted && store.HasPending)
                store.Flush();
            var received = (await pending).Event;
            switch (received.Header.Type)
            {
                case BinlogEventType.Heartbeat or BinlogEventType.HeartbeatV2:
                    continue;
                case BinlogEventType.Rotate when received.IsArtificial:
                    // Sent before each file; also the only word of a file that ended without a ROTATE of its own (crash of the source).
                    var file = RotateEvent.Parse(stream.Format.Body(received.Bytes).Span).Next.File;
                    if (file != expected.File)
                        expected = new BinlogPosition(file, LogSegment.FirstOffset);
                    continue;
                case BinlogEventType.FormatDescription when received.IsArtificial:
                    if (store.WritePosition != expected)
                        store.BeginSegment(expected, received.Bytes.Span);
                    continue;
            }
            if (received.IsArtificial)
                continue;
            if (store.WritePosition != expected)
                store.BeginSegment(expected, []);
            var end = expected.Offset + received.Header.Length;
            if (received.Header.EndPosition != 0 && received.Header.EndPosition != (uint)end)
                throw new BinlogFormatException($"The source's log has a gap: the event at {expected} should end at {end}, and says {received.Header.EndPosition}.");
            store.Append(received.Bytes.Span);
            expected = received.Header.Type == BinlogEventType.Rotate
                ? RotateEvent.Parse(stream.Format.Body(received.Bytes).Span).Next
                : expected with { Offset = end };
        }
    }
}
