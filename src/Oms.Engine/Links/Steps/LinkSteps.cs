using Oms.Conflicts;
using Oms.Context;
using Oms.Ddl;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Schema;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>Goes through a link's steps behind the precheck, as often as an outage makes it begin anew: what the destination says decides
/// what is left.</summary>
internal sealed class LinkSteps(LinkAtWork link)
{
    private readonly TxnMark _mark = new(link.Project.Name, link.Servers.Source.Region);

    private Project Project => link.Project;

    /// <returns>Whether all is done (a project without incremental synchronization).</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var destination = await new DestinationStep(link).OpenAsync(cancellationToken);
        var checkpoint = await TakeAsync(destination, cancellationToken);
        var move = new MoveStep(link);
        var moved = await move.FindAsync(destination, _mark, checkpoint, cancellationToken);
        using var history = link.IsIncremental ? SourceSchema.Open(link.Folder, isNew: checkpoint.Position is null, Project.Name) : null;
        // DDL of the source may still be in the log before us: then what it has by now is not what the link follows here.
        var goesOn =
            checkpoint.Position is not null && (checkpoint.IdempotentUntil is not null || !Project.Types.HasFlag(MigrationTypes.Full));
        var opening = new SourceStep(link, history, checkpoint);
        var isMoving = await move.IsNeededAsync(opening, checkpoint, goesOn, cancellationToken);
        // The new server is none that this log is of.
        await using var source = isMoving ? null : await opening.OpenAsync(goesOn, cancellationToken);
        var server = await opening.IdentifyAsync(source, cancellationToken);
        await PrepareOwnTablesAsync(source, destination, cancellationToken);

        var notes = LinkNotes.Of(link.Memory, link.Report);
        if (goesOn && Project.SyncDdl)
            checkpoint = await EndAnnouncedDdlAsync(checkpoint, notes, cancellationToken);
        var selection = source is null ? null : await new SchemaStep(link).RunAsync(source, goesOn, cancellationToken);
        var rules = selection?.Rules ?? ObjectRules.Parse(Project);
        var tables = new LinkTables(Project, rules, history, link.Memory.LeftOut, destination);
        var context = Context(
            notes,
            moved,
            goesOn && history is not null
                ? await tables.PairAtCheckpointAsync(
                    selection?.Tables ?? [],
                    checkpoint.Position!.Value,
                    link.Report.Status.SkippedDdl,
                    cancellationToken
                )
                : await tables.PairAsync(selection?.Tables ?? [], checkpoint.Position, cancellationToken),
            logsCascades: history is not null && await opening.LogsCascadesAsync(source, cancellationToken)
        );
        await CreateReconcileSlotsAsync(context, source, destination, cancellationToken);
        // A link that brings no schema of its own has it complete once both sides are seen to match.
        link.Report.Set(static s => s with { SchemaMigrationCompleted = true });

        link.Outage.End();
        if (isMoving)
        {
            using var store = LogStore.Open(StoreFolder.OfLog(link.Folder), needed: checkpoint.Position);
            await move.RunAsync(context, store, history!, checkpoint, cancellationToken);
            return false;
        }
        return history is null
            ? await CopyAndVerifyAsync(context, checkpoint, cancellationToken)
            : await new StoreStep(link, context, history).RunAsync(
                source,
                server,
                destination,
                rules,
                checkpoint,
                new IncrementalStep(link, context, history).RunAsync,
                cancellationToken
            );
    }

    /// <summary>Takes the link over at the destination, which says how far it is.</summary>
    private async Task<TxnMark.Checkpoint> TakeAsync(RowSession destination, CancellationToken cancellationToken)
    {
        await MarkTables.CreateAsync(destination, TxnMark.DefaultDatabase, cancellationToken);
        // Once the link is ours an outage does not make it ours again: another process may have it by now.
        var checkpoint =
            _mark.Epoch == 0
                ? await _mark.AcquireAsync(destination, cancellationToken)
                : await _mark.AcquireAgainAsync(destination, cancellationToken);
        link.Progress.Recount(await _mark.ReadCountsAsync(destination, cancellationToken));
        link.Progress.Recount(await ConflictLog.CountAsync(destination, Project.Name, cancellationToken));
        return checkpoint;
    }

    /// <summary>The engine's tables at a source that is the right one, and where a reverse link is to begin.</summary>
    private async Task PrepareOwnTablesAsync(RowSession? source, RowSession destination, CancellationToken cancellationToken)
    {
        if (source is not null && (Project.Scenario == Scenario.ActiveActive || Project.Heartbeat))
            await MarkTables.CreateAsync(source, TxnMark.DefaultDatabase, cancellationToken);
        if (Project.Scenario == Scenario.ActiveActive && Project.ReverseOf is null && link.Memory.ReverseStart is null)
            link.Memory.ReverseStart = await SourceLog.EndAsync(destination, cancellationToken);
    }

    private async Task<TxnMark.Checkpoint> EndAnnouncedDdlAsync(
        TxnMark.Checkpoint checkpoint,
        DdlNotes notes,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await new DdlApplier(link.Servers.DestinationOptions, _mark).EndAnnouncedAsync(
                checkpoint,
                notes.Skipped,
                cancellationToken
            );
        }
        catch (DdlRefusedException e)
        {
            throw notes.Stop(Project.Name, e);
        }
    }

    private LinkContext Context(DdlNotes notes, MovedSource? moved, IReadOnlyList<TablePair> tables, bool logsCascades) =>
        new()
        {
            Project = link.Memory.RecordsExist
                ? Project with
                {
                    Full = Project.Full with { ExistingRecords = ExistingRecords.Ignore },
                }
                : Project,
            Source = link.Servers.Source,
            Destination = link.Servers.Destination,
            SourceSession = link.Servers.SourceOptions,
            DestinationSession = link.Servers.DestinationOptions,
            Tables = tables,
            Mark = _mark,
            Progress = link.Progress,
            Ddl = notes,
            LogsCascades = logsCascades,
            Choice = link.Choice,
            Moved = moved,
        };

    /// <summary>Before any row is written: from here on whatever is in doubt on either side is listed for this link too.</summary>
    private async Task CreateReconcileSlotsAsync(
        LinkContext context,
        RowSession? source,
        RowSession destination,
        CancellationToken cancellationToken
    )
    {
        if (!IncrementalStep.Settles(context))
            return;
        await _mark.CreateReconcileSlotAsync(destination, cancellationToken);
        if (source is not null)
            await _mark.AtSource(link.Servers.Destination.Region).CreateReconcileSlotAsync(source, cancellationToken);
    }

    /// <summary>What there is to do without incremental synchronization.</summary>
    private Task<bool> CopyAndVerifyAsync(LinkContext context, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken) =>
        link.Report.Suspension.RunAsync(
            async ct =>
            {
                await new FullMigrationStep(link, context).RunAsync(checkpoint, ct);
                await new VerificationStep(link, context).RunAsync(ct);
                return true;
            },
            cancellationToken
        );
}
