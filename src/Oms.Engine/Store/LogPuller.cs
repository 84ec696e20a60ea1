using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>Pulls the source's log into the Store, for as long as the link runs; a lost connection is made again, and the log goes on
/// behind the last event that came whole.</summary>
/// <param name="server">The server that the Store's log is of; null: it tells no identity.</param>
internal sealed class LogPuller(LogStore store, SessionOptions source, string link, string? server, TimeProvider time)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxReconnectDelay = TimeSpan.FromSeconds(30);

    private readonly Action _flush = store.Flush;
    private volatile string? _alert;

    /// <summary>What the Store's user should see to; null when all is well.</summary>
    public string? Alert => _alert;

    /// <summary>The connection to the source.</summary>
    public SourceConnection Connection { get; } = new();

    /// <summary>Runs until cancelled; throws what can't be mended by connecting again.</summary>
    /// <param name="from">Where to begin when the Store is empty.</param>
    public async Task RunAsync(BinlogPosition from, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] both = [PullAsync(from, stop.Token), SyncAsync(stop.Token)];
        var first = await Task.WhenAny(both);
        await stop.CancelAsync();
        await Task.WhenAll(both).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            store.Sync();
        }
        finally
        {
            await first;
        }
    }

    /// <summary>Has what came since the last time safe on disk, again and again: pulling does not wait for it, only
    /// <see cref="LogStore.Durable"/> does.</summary>
    private async Task SyncAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SyncInterval);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (store.End != store.Durable)
                await Task.Run(store.Sync, CancellationToken.None);
        }
    }

    private async Task PullAsync(BinlogPosition from, CancellationToken cancellationToken)
    {
        var options = new BinlogStreamOptions
        {
            ServerId = NewServerId(),
            Position = store.WritePosition ?? from,
            ServerIdentity = server,
            Time = time,
        };
        // A source that is away for hours is no reason to give up.
        var reconnect = new ReconnectOptions
        {
            Resume = ResumePoint.Event,
            MaxFailures = int.MaxValue,
            MaxDelay = MaxReconnectDelay,
            Known = () => store.Known,
            Changed = Connection.Change,
        };
        await using var stream = new ReconnectingBinlogStream(source, options, reconnect);
        try
        {
            await PullAsync(stream, options.Position.Value, cancellationToken);
        }
        catch (OtherServerException e)
        {
            throw SourceIdentity.Changed(StoreFolder.OfProject(store.Folder), e.Expected, e.Found, link);
        }
        catch (OtherLogException e)
        {
            throw Replaced(e);
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.MasterFatalErrorReadingBinlog)
        {
            // A server that is reset amid a dump says that it can't find the next file.
            await RequireSameLogAsync(cancellationToken);
            if (store.WritePosition < from)
            {
                // What lies between is applied already: it was only to join up.
                store.PutAside();
                await PullAsync(from, cancellationToken);
                return;
            }
            throw new OmsException(
                "SourceLogPurged",
                OmsErrorKind.InvalidState,
                $"The source can't send its binary log from {store.WritePosition ?? from} to link '{link}': {e.Message}",
                "If the source has purged that part of its log, the link can't go on from here: remove the project and migrate again, and keep binlogs longer (binlog_expire_logs_seconds).",
                link,
                e
            );
        }
    }

    /// <summary>Sees, over a connection of its own, that the source's log is still the one that the Store is of.</summary>
    /// <exception cref="OmsException">SourceLogReplaced</exception>
    /// <exception cref="MySqlException">The source could not be asked.</exception>
    public async Task RequireSameLogAsync(CancellationToken cancellationToken)
    {
        if (store.Known is not { } known)
            return;
        try
        {
            await using var stream = await BinlogStream.OpenAsync(
                source,
                new BinlogStreamOptions
                {
                    ServerId = NewServerId(),
                    Known = known,
                    ServerIdentity = server,
                    Time = time,
                },
                cancellationToken
            );
        }
        catch (OtherServerException e)
        {
            throw SourceIdentity.Changed(StoreFolder.OfProject(store.Folder), e.Expected, e.Found, link);
        }
        catch (OtherLogException e)
        {
            throw Replaced(e);
        }
    }

    private OmsException Replaced(OtherLogException e) =>
        new(
            "SourceLogReplaced",
            OmsErrorKind.InvalidState,
            $"The log of link '{link}'s source is another one than it has read: the server was reset, restored from a backup or exchanged for another. {e.Message}",
            SourceIdentity.ByGtid(StoreFolder.OfProject(store.Folder), link)
                + "What was changed there without being in the log that the link has read can't be told any more. If the data source leads to another server than before, point it at the right one and start the link again. "
                + "If not, remove the project, empty its tables at the destination and migrate again under a new one; or, if the two sides were compared and are equal, begin a new project that synchronizes only (incremental, without full migration).",
            link,
            e
        );

    /// <summary>A reader of the log needs an id of its own among the source's replicas.</summary>
    public static uint NewServerId() => (uint)Random.Shared.NextInt64(1L << 30, 1L << 32);

    private async Task PullAsync(ReconnectingBinlogStream stream, BinlogPosition expected, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pending = stream.ReadAsync(cancellationToken);
            var isHeldUp = !pending.IsCompleted && store.HasPending && !TryWrite(_flush);
            var received = (isHeldUp ? await FlushAsync(pending.AsTask(), cancellationToken) : await pending).Event;
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
                        await BeginSegmentAsync(expected, received.Bytes, cancellationToken);
                    continue;
            }
            if (received.IsArtificial)
                continue;
            if (store.WritePosition != expected)
                await BeginSegmentAsync(expected, default, cancellationToken);
            var end = expected.Offset + received.Header.Length;
            if (received.Header.EndPosition != 0 && received.Header.EndPosition != (uint)end)
                throw new BinlogFormatException(
                    $"The source's log has a gap: the event at {expected} should end at {end}, and says {received.Header.EndPosition}."
                );
            if (!TryAppend(received.Bytes))
                await AppendAsync(received.Bytes, cancellationToken);
            expected =
                received.Header.Type == BinlogEventType.Rotate
                    ? RotateEvent.Parse(stream.Format.Body(received.Bytes).Span).Next
                    : expected with
                    {
                        Offset = end,
                    };
        }
    }

    private bool TryAppend(ReadOnlyMemory<byte> eventBytes)
    {
        try
        {
            store.Append(eventBytes);
            return true;
        }
        catch (Exception e) when (IsWriteFailure(e))
        {
            Alarm(e);
            return false;
        }
    }

    /// <summary>Appends as soon as what was appended before could be written.</summary>
    private Task AppendAsync(ReadOnlyMemory<byte> eventBytes, CancellationToken cancellationToken) =>
        WriteAsync(() => store.Append(eventBytes), cancellationToken);

    /// <summary>Writes while the next event is awaited.</summary>
    private async Task<StreamedEvent> FlushAsync(Task<StreamedEvent> next, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(_flush, cancellationToken);
        }
        catch
        {
            // The stream is not to be closed while it reads; its error, if it has one, is not the first.
            await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
        return await next;
    }

    private Task BeginSegmentAsync(BinlogPosition start, ReadOnlyMemory<byte> formatDescription, CancellationToken cancellationToken) =>
        WriteAsync(() => store.BeginSegment(start, formatDescription.Span), cancellationToken);

    /// <summary>Writes to the Store; while that fails, pulling pauses, with an alert, and what is held is applied meanwhile.</summary>
    private async Task WriteAsync(Action write, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(RetryInterval);
        while (!TryWrite(write))
            await timer.WaitForNextTickAsync(cancellationToken);
        _alert = null;
    }

    private bool TryWrite(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (IsWriteFailure(e))
        {
            Alarm(e);
            return false;
        }
    }

    private static bool IsWriteFailure(Exception error) => error is IOException or UnauthorizedAccessException;

    private void Alarm(Exception error) =>
        _alert =
            $"Pulling pauses: the Store in {store.Folder} can't be written: {error.Message} What it holds is applied meanwhile. "
            + "Make room on that disk, or see to the folder's permissions: pulling goes on by itself, and nothing is lost as long as the source keeps its binlogs.";
}
