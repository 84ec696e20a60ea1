using Oms.Context;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms.Links;

/// <summary>
/// Asks a link's source every second for its time and the end of its log, and writes the heartbeat if the project has one: that is how
/// latency is known. While that fails, latency grows and the reason is shown; the link itself goes on.
/// </summary>
/// <param name="held">The end of what was read of the log.</param>
/// <param name="requireSameLog">Sees that the log is the one that was read, and throws if not.</param>
internal sealed class SourceWatch(
    LinkContext context,
    LatencyMeter latency,
    Func<BinlogPosition?> held,
    Func<CancellationToken, Task> requireSameLog
)
{
    /// <summary>OMS's interval.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int FirstClockReadings = 4;

    /// <summary>When a log that has grown and does not come is looked at: its server may go on sending one that it has no more.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(5);

    private volatile string? _error;

    /// <summary>Why the source could not be asked, or the heartbeat not be written, the last time; null: all went well.</summary>
    public string? Error => _error;

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="OmsException">LinkTakenOver: the heartbeat belongs to another process. SourceLogReplaced, SourceChanged</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (true)
                await ConnectAndWatchAsync(timer, cancellationToken);
        }
        finally
        {
            // Of a link that is suspended nothing is known from here on: an open question lets its latency grow.
            latency.Ask();
        }
    }

    private async Task ConnectAndWatchAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        latency.Ask();
        try
        {
            await using var connection = await ServerSession.OpenAsync(context.SourceSession, SessionPurpose.Control, cancellationToken);
            if (context.Project.Heartbeat)
                await Mark.CreateHeartbeatSlotAsync(connection, cancellationToken);
            for (var i = 0; i < FirstClockReadings; i++)
                await ReadClockAsync(connection, cancellationToken);
            await WatchAsync(connection, timer, cancellationToken);
        }
        catch (MySqlException e) when (!cancellationToken.IsCancellationRequested)
        {
            _error = e.Message;
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>At the source the link's writes carry the destination's region: nobody carries them there.</summary>
    private TxnMark Mark => context.Mark.AtSource(context.Destination.Region);

    private async Task WatchAsync(RowSession connection, PeriodicTimer timer, CancellationToken cancellationToken)
    {
        BinlogPosition? stalledAt = null;
        var stalledSince = context.Time.GetTimestamp();
        for (var nextHeartbeat = DateTime.MinValue; ; )
        {
            latency.Ask();
            if (context.Project.Heartbeat && DateTime.UtcNow >= nextHeartbeat)
            {
                nextHeartbeat = DateTime.UtcNow + HeartbeatInterval;
                await BeatAsync(connection, cancellationToken);
            }
            await ReadClockAsync(connection, cancellationToken);
            var had = held();
            var end = await SourceLog.EndAsync(connection, cancellationToken);
            if (had != stalledAt || end <= had)
                (stalledAt, stalledSince) = (had, context.Time.GetTimestamp());
            var isStalled = context.Time.GetElapsedTime(stalledSince) >= StallLimit;
            if (end < had || isStalled)
            {
                await requireSameLog(cancellationToken);
                stalledAt = null;
            }
            if (!(end < had))
                latency.Answer(end);
            _error = null;
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private async Task ReadClockAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var (asked, answered, server) = await ServerClock.AskAsync(connection, TimeProvider.System, cancellationToken);
        latency.SetClock(asked, answered, server);
    }

    private async Task BeatAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var written = DateTime.UtcNow;
        if (await connection.ExecuteAsync(Mark.HeartbeatStatement(), cancellationToken) != 1)
            throw Mark.Fenced();
        var row = await connection.QueryRowAsync(Mark.HeartbeatQuery(), cancellationToken);
        latency.ExpectHeartbeat(written, ServerClock.Parse(row![0]!));
    }
}
