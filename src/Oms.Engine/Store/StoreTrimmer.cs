using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.Store;

/// <summary>Removes from the Store, once a minute, what is older than the project keeps and needed by nobody, and from the schema's history
/// what only that needed.</summary>
/// <param name="readApplied">Asks how far the destination would let a new process go on from: that is what counts.</param>
internal sealed class StoreTrimmer(
    LogStore store,
    SchemaHistory history,
    TimeSpan retention,
    Func<CancellationToken, Task<BinlogPosition?>> readApplied,
    TimeProvider time
)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="position">All before it is applied.</param>
    public async Task RunAsync(BinlogPosition position, CancellationToken cancellationToken)
    {
        using var synchronization = store.Register("incremental synchronization", position);
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await TrimAsync(synchronization, cancellationToken);
    }

    /// <summary>Removes what can be removed now. No trouble with it is the link's: what can't go yet stays for another minute.</summary>
    internal async Task TrimAsync(StoreConsumer synchronization, CancellationToken cancellationToken)
    {
        try
        {
            if (await readApplied(cancellationToken) is { } applied)
                synchronization.MoveTo(applied);
        }
        catch (Exception e) when (e is OmsException or MySqlException)
        {
            // The destination can't be asked now: all that it has not confirmed stays until it can.
        }
        try
        {
            store.RemoveApplied(time.GetUtcNow().UtcDateTime - retention);
            // Every restart reads from here or from behind, and so do the changes of XA transactions that are still open.
            if (store.Start is { } start)
                history.RemoveBefore(start);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody has a file open, or the disk is full or read-only, which has its own alert.
        }
    }
}
