using System.Globalization;
using Oms.Context;
using Oms.Hosting;
using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Rows;
using Oms.Servers;
using Oms.Store;

namespace Oms.Conflicts;

/// <summary>
/// Settles what comparing values can't: a key that was in conflict on either side is read on both sides, and when it differs although the
/// links have carried everything that was committed before it was read, the winning row is copied over. Where one side always wins, it runs
/// with the link whose source that is; where versions decide, with the forward link, and writes on whichever side has the older one.
/// </summary>
/// <param name="applied">How far this link is in its source's log.</param>
/// <param name="way">How changes of the destination come back to the source; null while they don't.</param>
/// <param name="end">The end of a data source's log.</param>
internal sealed class Reconciler(
    LinkContext context,
    ConflictWinner winner,
    IReadOnlyDictionary<TableName, TableBinding> tables,
    Func<BinlogPosition?> applied,
    Func<ReturnWay?> way,
    Func<string, CancellationToken, Task<BinlogPosition>> end
)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    private readonly Observations _observations = new();

    private volatile LinkWait? _wait;

    /// <summary>While it tries again.</summary>
    public Outage Outage { get; } = new(context.Time);

    /// <summary>What keys that are in doubt wait for; null: none is.</summary>
    public LinkWait? Wait => _wait;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (true)
        {
            try
            {
                await using var source = await ReconcileSide.OpenAsync(
                    context.SourceSession,
                    context.Source.Type,
                    context.Destination.Region,
                    cancellationToken
                );
                await using var destination = await ReconcileSide.OpenAsync(
                    context.DestinationSession,
                    context.Destination.Type,
                    context.Source.Region,
                    cancellationToken
                );
                var (from, to) = (
                    new ReconcileSide(source, context.Mark.AtSource(context.Destination.Region), false),
                    new ReconcileSide(destination, context.Mark, true)
                );
                await from.Mark.CreateReconcileSlotAsync(source, cancellationToken);
                await to.Mark.ClaimAsync(destination, TxnMark.ReconcileSlot, cancellationToken);
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    await PassAsync(from, to, cancellationToken);
                    Outage.End();
                }
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await Outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    private async Task PassAsync(ReconcileSide source, ReconcileSide destination, CancellationToken cancellationToken)
    {
        var back = way();
        string[] names = back?.Partner is { } partner ? [context.Project.Name, partner] : [context.Project.Name];
        var listed = new Dictionary<(TableBinding, string), ListedKey>();
        foreach (var side in (ReconcileSide[])[destination, source])
            await ReconcileList.RemoveAsync(
                side,
                await ReconcileList.ReadAsync(side, tables.Values, names, listed, cancellationToken),
                cancellationToken
            );
        _observations.Keep(listed);
        _wait = listed.Count == 0 || back is null ? null : WaitFor(listed.Count, back);
        if (listed.Count == 0)
            return;
        var rows = await ReadAsync(source, destination, listed.Values, cancellationToken);
        if (back is null)
            return;
        // Behind the rows: what was committed when they were read is before these ends.
        var (sourceEnd, destinationEnd) = (
            await SourceLog.EndAsync(source.Connection, cancellationToken),
            await SourceLog.EndAsync(destination.Connection, cancellationToken)
        );
        var settlement = new Settlement(context, winner, source, destination, back.Partner, listed);
        var settled = new List<ListedKey>();
        var ends = new Dictionary<string, BinlogPosition>();
        foreach (var (key, a, b) in rows)
        {
            var id = (key.Table, Convert.ToHexString(key.Key));
            if (
                _observations.Note(id, key, a, b, sourceEnd, destinationEnd) is not { } before
                || !await HavePassedAsync(before, back, ends, cancellationToken)
            )
                continue;
            if (AreEqual(key.Table, a, b))
                // Only what was listed before the rows were seen: a key that came on the list since is in doubt anew.
                settled.Add(before.Listed);
            else
                await settlement.ApplyAsync(key.Table, key.Key, (a, b), cancellationToken);
            _observations.Forget(id);
        }
        // While keys are settled nothing stands still.
        if (settled.Count > 0)
            _wait = null;
        await ReconcileList.RemoveAsync(destination, settled.SelectMany(p => p.DestinationIds), cancellationToken);
        await ReconcileList.RemoveAsync(source, settled.SelectMany(p => p.SourceIds), cancellationToken);
    }

    private LinkWait WaitFor(int keys, ReturnWay back) =>
        new(
            LinkWaitKind.OtherLink,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{keys} keys that were in conflict wait to be compared until both directions have passed them"
            ),
            _wait?.Since ?? context.Time.GetUtcNow(),
            back.Partner is null
                ? "The links that come back to this source have to pass what was committed before"
                : $"Link '{back.Partner}' is at {back.Links[0].Applied?.ToString() ?? "no position yet"}",
            $"It ends when {(back.Partner is null ? "they run and have" : $"'{back.Partner}' runs and has")} caught up: look at {HostCommand.ShowLinks}."
        );

    /// <summary>The rows of keys on both sides.</summary>
    private static async Task<List<(ListedKey Key, byte[]? Source, byte[]? Destination)>> ReadAsync(
        ReconcileSide source,
        ReconcileSide destination,
        IEnumerable<ListedKey> listed,
        CancellationToken cancellationToken
    )
    {
        const int unknownColumn = 1054,
            unknownTable = 1146;
        var rows = new List<(ListedKey, byte[]?, byte[]?)>();
        foreach (var group in listed.GroupBy(p => p.Table))
        {
            var keys = group.Select(p => p.Key).ToList();
            try
            {
                var atSource = await source.ReadAsync(group.Key, keys, cancellationToken);
                var atDestination = await destination.ReadAsync(group.Key, keys, cancellationToken);
                rows.AddRange(group.Select(p => (p, atSource.GetValueOrDefault(p.Key), atDestination.GetValueOrDefault(p.Key))));
            }
            catch (MySqlException e) when (e.Number is unknownColumn or unknownTable)
            {
                // DDL is ahead on one side: its keys wait until the link has it.
            }
        }
        return rows;
    }

    private async Task<bool> HavePassedAsync(
        Observation seen,
        ReturnWay back,
        Dictionary<string, BinlogPosition> ends,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var havePassed = Observations.HavePassed(seen, applied(), back, ends, out var wanted);
            if (wanted is null)
                return havePassed;
            ends.Add(wanted, await end(wanted, cancellationToken));
        }
    }

    private static bool AreEqual(TableBinding table, byte[]? a, byte[]? b) =>
        a is null ? b is null : b is not null && table.AreEqual(a, b, table.Written);
}
