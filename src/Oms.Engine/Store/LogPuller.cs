using Oms.MySql;
using Oms.MySql.Replication;

namespace Oms.Store;

/// <summary>Pulls the source's log into the Store, for as long as the link runs; a lost connection is made again.</summary>
internal sealed class LogPuller(LogStore store, string connectionString, string link)
{
    private static readonly TimeSpan[] Backoff = [.. new[] { 0.2, 0.5, 1, 2, 5, 10 }.Select(TimeSpan.FromSeconds)];

    /// <summary>Runs until cancelled; throws what can't be mended by connecting again.</summary>
    /// <param name="from">Where to begin when the Store is empty.</param>
    public async Task RunAsync(BinlogPosition from, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            try
            {
                await PullAsync(store.WritePosition ?? from, () => failures = 0, cancellationToken);
            }
            catch (MySqlException e) when (e.Number == 1236)
            {
                throw new OmsException("SourceLogPurged", OmsErrorKind.InvalidState,
                    $"The source can't send its binary log from {store.WritePosition ?? from} to link '{link}': {e.Message}",
                    "If the source has purged that part of its log, the link can't go on from here: remove the project and migrate again, and keep binlogs longer (binlog_expire_logs_seconds).", link, e);
            }
            catch (MySqlException e) when (e.IsTransient && !cancellationToken.IsCancellationRequested && failures < 50)
            {
                // What was received is whole events: the next connection goes on behind them.
                store.Flush();
                await Task.Delay(Jitter(Backoff[Math.Min(failures++, Backoff.Length - 1)]), cancellationToken);
            }
        }
    }

    private async Task PullAsync(BinlogPosition from, Action connected, CancellationToken cancellationToken)
    {
        // A reader of the log needs an id of its own among the source's replicas.
        var serverId = (uint)Random.Shared.NextInt64(1L << 30, 1L << 32);
        await using var stream = await BinlogStream.OpenAsync(connectionString, new BinlogStreamOptions { ServerId = serverId, Position = from }, cancellationToken);
        var expected = from;
        while (true)
        {
            var pending = stream.ReadAsync(cancellationToken);
            if (!pending.IsCompleted && store.HasPending)
                store.Flush();
            var received = await pending;
            connected();
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

    private static TimeSpan Jitter(TimeSpan delay) => delay * (0.5 + Random.Shared.NextDouble());
}
