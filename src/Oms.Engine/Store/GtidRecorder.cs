using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Servers;

namespace Oms.Store;

/// <summary>
/// Notes, in the background while a link runs, which transactions stand before the Store's first event (<see cref="SourceGtids"/>): for
/// once it reads one file of the source's log from its head. A source that is away is asked again.
/// </summary>
/// <param name="directory">The project's folder.</param>
internal sealed class GtidRecorder(LogStore store, string directory, SessionOptions options, string? server, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="from">Where the link reads on: in front of it there is nothing to wait for.</param>
    public async Task RunAsync(BinlogPosition from, CancellationToken cancellationToken)
    {
        await store.WaitForAsync(from, cancellationToken);
        using var timer = new PeriodicTimer(s_interval, time);
        do
        {
            try
            {
                await RecordAsync(cancellationToken);
            }
            catch (Exception e) when (e is MySqlException or OtherServerException or BinlogFormatException or IOException)
            {
                // Without the record the link can't move to another server, and does all else; what is wrong with the source the puller tells.
            }
        } while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        if (store.Start is not { } first || SourceGtids.Find(directory)?.KnownBeginnings(store).Any() == true)
            return;
        await using var source = await ServerSession.OpenAsync(options, SessionPurpose.Control, cancellationToken);
        if (
            await ServerGtids.WhyNotAsync(source, cancellationToken) is not null
            || (server is not null && await ServerLog.IdentityAsync(source, cancellationToken) != server)
        )
            return;
        // In this order: all that was executed stands in front of that end, if it is in the log at all.
        var executed = await ServerGtids.ExecutedAsync(source, cancellationToken);
        var until = await SourceLog.EndAsync(source, cancellationToken);
        var trail = await FollowAsync(first, executed, cancellationToken);
        if (trail?.Trouble is not null)
            return;
        new SourceGtids
        {
            Position = trail is null ? null : first.ToString(),
            Logged = trail?.Executed.ToString(),
            Newest = [.. (trail?.Newest ?? []).Select(SourceGtids.Transaction.Of)],
            Executed = executed.ToString(),
            Until = until.ToString(),
        }.Write(directory);
    }

    /// <summary>Reads the file of a place from its head to there; null where the place is a head itself, or the source has that file no
    /// more: then the next head in the Store tells.</summary>
    private async Task<GtidTrail?> FollowAsync(BinlogPosition place, ExecutedGtids executed, CancellationToken cancellationToken)
    {
        if (place.Offset == LogSegment.FirstOffset)
            return null;
        try
        {
            await using var stream = await BinlogStream.OpenAsync(
                options,
                new BinlogStreamOptions
                {
                    ServerId = LogPuller.NewServerId(),
                    Position = place with { Offset = LogSegment.FirstOffset },
                    ServerIdentity = server,
                    Time = time,
                },
                cancellationToken
            );
            var trail = new GtidTrail(ExecutedGtids.None(executed.IsMariaDb));
            while (true)
            {
                var received = await stream.ReadAsync(cancellationToken);
                if (received.IsArtificial)
                    continue;
                var start = received.Position with { Offset = received.Position.Offset - received.Header.Length };
                trail.Add(start, received.Header, stream.Format.Body(received.Bytes), stream.Format);
                if (received.Position > place)
                    throw new BinlogFormatException($"The source's log has no transaction that ends at {place}.");
                if (received.Position == place)
                    return trail;
            }
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.MasterFatalErrorReadingBinlog)
        {
            return null;
        }
    }
}
