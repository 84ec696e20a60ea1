using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Store;

namespace Oms.Links;

/// <summary>What a link's move to another server will be: everything that can forbid it was looked at.</summary>
/// <param name="Move">As the destination will have it.</param>
/// <param name="End">The end of the old log as the link has it: up to here all is applied before the move.</param>
/// <param name="LeftOut">How many transactions behind the new place were applied already.</param>
/// <param name="Catalogue">The new server's.</param>
internal sealed record SourceMovePlan(MovedSource Move, BinlogPosition End, long LeftOut, ServerCatalogue Catalogue);

/// <summary>
/// Plans the move of a link to a server that has its source's transactions, by their GTIDs: a promoted replica, or the source itself with
/// another log. What the link has applied is known exactly by its Store; the new server must have executed all of that, hold in its log all
/// else, and have the newest of the link's transactions as they were.
/// </summary>
internal sealed class SourceMove(string link, SessionOptions options, TimeProvider time)
{
    private const int GreatestShown = 500;

    private const string MigrateAgain =
        "If that can't be, remove the project, empty its tables at the destination and migrate again under a new one.";

    /// <param name="source">A connection to the new server.</param>
    /// <exception cref="OmsException">SourceMoveRefused; nothing was changed</exception>
    public async Task<SourceMovePlan> PlanAsync(
        RowSession source,
        string directory,
        LogStore store,
        SchemaHistory history,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        var record =
            SourceGtids.Find(directory)
            ?? throw Refused(
                "which transactions its old source had executed was never noted: that server had no GTIDs, or went away right after the link began",
                "If the old server can be reached, with GTIDs, point the data source at it once more and start the link without moving it: it is noted within seconds. "
                    + MigrateAgain
            );
        var catalogue = await RequireKindAsync(source, record, history, cancellationToken);
        var (trail, end) = Follow(record, store, checkpoint);
        var applied = trail.Executed.Union(ExecutedGtids.Parse(record.Executed));
        var missing = applied.Missing(await ServerGtids.ExecutedAsync(source, cancellationToken));
        if (missing.Length > 0)
            throw Refused(
                $"{source.Endpoint} lacks transactions that the link has read: {Shown(missing)}. It is no replica of the old source, or one that is behind it: they would be at the destination alone",
                "Let the replica execute them first (it may still have them in its relay log), or point the data source at one that has them. "
                    + MigrateAgain
            );
        var server = await ServerLog.IdentityAsync(source, cancellationToken);
        // Behind all that was executed when it was asked.
        var until = await SourceLog.EndAsync(source, cancellationToken);
        var log = new PromotedLog(options, server, time);
        var place = await FindAsync(log, source, applied, trail.Newest, until, cancellationToken);
        var leftOut = await CountAsync(log, applied, place, until, cancellationToken);
        var move = new MovedSource(Guid.NewGuid().ToString("N"), server ?? "", place, until, applied);
        return new SourceMovePlan(move, end, leftOut, catalogue);
    }

    private async Task<ServerCatalogue> RequireKindAsync(
        RowSession source,
        SourceGtids record,
        SchemaHistory history,
        CancellationToken cancellationToken
    )
    {
        if (await ServerGtids.WhyNotAsync(source, cancellationToken) is { } reason)
            throw Refused(
                $"the transactions of {source.Endpoint} can't be told by GTIDs: {reason}",
                "Point the data source at a replica that has them. " + MigrateAgain
            );
        await RequireStrictAsync(source, cancellationToken);
        var catalogue = await ServerCatalogueReader.ReadAsync(source, cancellationToken);
        var known = history.State!.Server;
        if (
            catalogue.Flavour != known.Flavour
            || ExecutedGtids.Parse(record.Executed).IsMariaDb != (catalogue.Flavour == ServerFlavour.MariaDb)
        )
            throw Refused(
                $"{source.Endpoint} is {catalogue.Version}, and the old source was {known.Version}: their GTIDs are of two kinds",
                "Point the data source at a replica of the same product. " + MigrateAgain
            );
        if (catalogue.LowerCaseTableNames != known.LowerCaseTableNames)
            throw Refused(
                $"{source.Endpoint} has lower_case_table_names={catalogue.LowerCaseTableNames}, and the old source had {known.LowerCaseTableNames}: tables have other names there",
                "Point the data source at a replica with the same setting. " + MigrateAgain
            );
        return catalogue;
    }

    /// <summary>In MariaDB a domain's last number stands for all before it: a transaction of the replica's own, made before it was promoted,
    /// would count as applied. In strict mode replication stops at one.</summary>
    private async Task RequireStrictAsync(RowSession source, CancellationToken cancellationToken)
    {
        if (
            source.Flavour == ServerFlavour.MariaDb
            && (await source.QueryRowAsync("SELECT @@global.gtid_strict_mode", cancellationToken))![0] != "1"
        )
            throw Refused(
                $"{source.Endpoint} has gtid_strict_mode=OFF: nothing shows that it took no writes of its own while it was a replica, and those would be missing at the destination",
                "If it took none before it was promoted (it was read_only), say so there with SET GLOBAL gtid_strict_mode = ON, and start the link once more in the same way. "
                    + MigrateAgain
            );
    }

    /// <summary>Which transactions the link has in its Store and before that, and where they end.</summary>
    private (GtidTrail Trail, BinlogPosition End) Follow(SourceGtids record, LogStore store, TxnMark.Checkpoint checkpoint)
    {
        const string again =
            "If the old server can be reached, point the data source at it once more and start the link without moving it: it fetches what it lacks. "
            + MigrateAgain;
        if (!store.Contains(checkpoint.Position!.Value) || record.Follow(store) is not { End: { } end } trail)
            throw Refused(
                $"its Store has no longer what it read of the old log up to {checkpoint.Position}, by which the transactions that it has applied are known",
                again
            );
        if (trail.Trouble is { } trouble)
            throw Refused($"GTIDs don't tell what it has applied: {trouble}", again);
        if (end < BinlogPosition.Parse(record.Until) || trail.Newest.Count == 0)
            throw Refused(
                $"it has read the old log up to {end} only, where no transaction shows which of the new server's it has applied (that would take {record.Until})",
                again
            );
        if (checkpoint.IdempotentUntil is { } copied && end < copied)
            throw Refused(
                $"its full migration has read rows that were changed up to {copied} of the old log, and it has that log up to {end} only",
                again
            );
        if (store.Prepared is { Count: > 0 } open)
            throw Refused(
                $"XA transaction {open.First()} was prepared in the old log and neither committed nor rolled back there",
                "If the old server can be reached, end that transaction there, point the data source at it once more, and start the link without moving it until it has read the end. "
                    + MigrateAgain
            );
        return (trail, end);
    }

    private async Task<BinlogPosition> FindAsync(
        PromotedLog log,
        RowSession source,
        ExecutedGtids applied,
        IReadOnlyCollection<SeenTransaction> newest,
        BinlogPosition end,
        CancellationToken cancellationToken
    )
    {
        var search = new GtidSearch(applied, newest);
        try
        {
            await log.SearchAsync(search, end, cancellationToken);
        }
        catch (MySqlException e) when (e.Number == 1236)
        {
            throw Refused(
                $"the log of {source.Endpoint} does not join up with what the link has applied ({Shown(search.From.ToString())}): {e.Message}",
                "If that server has purged the part in between, point the data source at a replica that still has it. " + MigrateAgain,
                e
            );
        }
        if (search.Other is { } other)
            throw Refused(
                $"{source.Endpoint} has given the same GTID to another transaction: {other}. It was reset, restored from a backup, or never was a replica of the old source",
                "Point the data source at a replica of the old source. " + MigrateAgain
            );
        if (search.Unseen.Count > 0)
            throw Refused(
                $"the log of {source.Endpoint} does not hold {string.Join(", ", search.Unseen.Select(s => s.Gtid))}, the newest that the link has read, though the server has executed it: nothing shows that it is the same transaction",
                "Have the replica write what it executes into its own log (log_replica_updates, log_slave_updates), or point the data source at one that does. "
                    + MigrateAgain
            );
        return search.Place ?? end;
    }

    private async Task<long> CountAsync(
        PromotedLog log,
        ExecutedGtids applied,
        BinlogPosition place,
        BinlogPosition until,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await log.CountAppliedAsync(applied, place, until, cancellationToken);
        }
        catch (BinlogFormatException e)
        {
            throw Refused($"the new server's log can't be read by GTID: {e.Message}", MigrateAgain, e);
        }
    }

    private static string Shown(string gtids) => gtids.Length > GreatestShown ? gtids[..GreatestShown] + "…" : gtids;

    /// <summary>The error of a move that can't be made.</summary>
    public OmsException Refused(string reason, string remedy, Exception? inner = null) =>
        new(
            "SourceMoveRefused",
            OmsErrorKind.InvalidState,
            $"Link '{link}' can't move to its source's new server: {reason}. Nothing was changed.",
            remedy,
            link,
            inner
        );
}
