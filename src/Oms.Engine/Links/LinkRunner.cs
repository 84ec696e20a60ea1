using Oms.DataSources;
using Oms.IncrSync;
using Oms.Metadata;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.MySql.Schema;
using Oms.Objects;
using Oms.Precheck;
using Oms.Schema;
using Oms.Store;
using Oms.Verification;

namespace Oms.Links;

/// <summary>Runs a project's link from where it was left: precheck, schema migration, Store, full migration, incremental synchronization, full verification.</summary>
internal sealed class LinkRunner(OmsEngine engine, MetadataStore metadata, Project project)
{
    /// <summary>Values kept with the project in the metadata.</summary>
    public const string PrecheckPassed = "precheck-passed", ReverseStart = "reverse-start", RecordsExist = "records-exist", ConflictChoiceMade = "conflict-choice";

    private readonly LinkProgress _progress = new();
    private readonly DataSource _source = engine.GetDataSource(project.Source);
    private readonly DataSource _destination = engine.GetDataSource(project.Destination);

    /// <summary>Runs until stopped (returns) or failed (throws). The lease is held already.</summary>
    public async Task RunAsync(string token, LinkStatus status, CancellationTokenSource stop)
    {
        var report = new LinkReport(metadata, _progress, token, status);
        report.Set(static s => s);
        using var reporting = new CancellationTokenSource();
        var heartbeat = report.RunAsync(stop.Cancel, reporting.Token);
        try
        {
            var completed = await FirstToEndAsync(ct => StepsAsync(report, ct), [heartbeat.WaitAsync], stop.Token);
            report.Set(s => s with { State = completed ? ProjectState.Completed : ProjectState.Paused, Suspended = false });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report.Set(static s => s with { State = ProjectState.Paused, Suspended = false });
        }
        catch (Exception e)
        {
            var error = LinkFault.Describe(project.Name, e);
            if (error.Id == "RecordExists")
                metadata.SetValue(project.Name, RecordsExist, "ignore");
            // A conflict that the policy leaves to the user is no failure: the link waits for a decision.
            var stopped = error.TargetObject as StoppedConflict;
            report.Set(s => s with { State = stopped is null ? ProjectState.Failed : ProjectState.Paused, StoppedAt = stopped, Suspended = false, Error = error.Message, Remedy = error.Remedy });
            throw error;
        }
        finally
        {
            await reporting.CancelAsync();
            await heartbeat.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            metadata.ReleaseLease(project.Name, token);
        }
    }

    /// <returns>Whether all is done (a project without incremental synchronization).</returns>
    private async Task<bool> StepsAsync(LinkReport report, CancellationToken cancellationToken)
    {
        if (metadata.GetValue(project.Name, PrecheckPassed) is null)
        {
            report.Begin(LinkStep.Precheck);
            await engine.RequirePrecheckAsync(project.Name, cancellationToken);
            metadata.SetValue(project.Name, PrecheckPassed, "yes");
        }
        await using var source = await OpenAsync(_source, cancellationToken);
        await using var destination = await OpenAsync(_destination, cancellationToken);
        await TxnMark.CreateTablesAsync(destination, TxnMark.DefaultDatabase, cancellationToken);
        if (project.Scenario == Scenario.ActiveActive || project.Heartbeat)
            await TxnMark.CreateTablesAsync(source, TxnMark.DefaultDatabase, cancellationToken);
        var mark = new TxnMark(project.Name, _source.Region);
        var checkpoint = await mark.AcquireAsync(destination, cancellationToken);
        if (project.Scenario == Scenario.ActiveActive && project.ReverseOf is null && metadata.GetValue(project.Name, ReverseStart) is null)
            metadata.SetValue(project.Name, ReverseStart, (await SourceLog.EndAsync(destination, cancellationToken)).ToString());

        var directory = engine.StoreDirectory(project.Name);
        using var history = project.Types.HasFlag(MigrationTypes.Incremental) ? SourceSchema.Open(directory, isNew: checkpoint.Position is null, project.Name) : null;
        // DDL of the source may still be in the log before us: then what it has by now is not what the link follows here.
        var isBehindDdl = project.SyncDdl && checkpoint.Position is not null && report.Status.FullMigrationCompleted;
        var notes = Notes(report);
        if (isBehindDdl)
            checkpoint = await EndAnnouncedDdlAsync(mark, checkpoint, notes, cancellationToken);
        var selection = isBehindDdl ? await ObjectSelection.ExamineAsync(source, project, cancellationToken) : await ObjectSelection.ResolveAsync(source, project, cancellationToken);
        report.Set(s => s with { LeftOut = [.. selection.LeftOut.Select(o => o.ToString())], TablesTotal = selection.Tables.Count, RowsEstimated = selection.Tables.Sum(t => t.EstimatedRows) });
        if (project.Types.HasFlag(MigrationTypes.Schema) && !report.Status.SchemaMigrationCompleted)
        {
            report.Begin(LinkStep.SchemaMigration);
            await SchemaMigration.RunAsync(source, destination, selection, cancellationToken: cancellationToken);
        }
        var context = new LinkContext
        {
            Project = metadata.GetValue(project.Name, RecordsExist) is null ? project : project with { Full = project.Full with { ExistingRecords = ExistingRecords.Ignore } },
            Source = _source,
            Destination = _destination,
            SourceConnectionString = engine.ConnectionString(_source, static b => b.Pooling = false),
            DestinationConnectionString = engine.ConnectionString(_destination, static b => b.Pooling = false),
            Tables = isBehindDdl
                ? await PairTablesBehindDdlAsync(selection, destination, history!, checkpoint.Position!.Value, cancellationToken)
                : await PairTablesAsync(selection, destination, history, checkpoint.Position, cancellationToken),
            Mark = mark,
            Progress = _progress,
            Ddl = notes,
            LogsCascades = project.SyncDdl && TableRules.LogsCascades((await source.QueryRowAsync($"SHOW GLOBAL VARIABLES LIKE '{TableRules.NativeForeignKeys}'", cancellationToken))?[1]),
            Choice = TakeChoice(),
        };
        if (context.Reconciles && project is { ConflictPolicy: ConflictPolicy.LatestWins, ReverseOf: null })
        {
            // Before any row is written: from here on whatever is in doubt on either side is listed for this link too.
            await mark.CreateReconcileSlotAsync(destination, cancellationToken);
            await mark.AtSource(_destination.Region).CreateReconcileSlotAsync(source, cancellationToken);
        }
        // A link that brings no schema of its own has it complete once both sides are seen to match.
        report.Set(static s => s with { SchemaMigrationCompleted = true });

        if (history is null)
        {
            await report.Suspension.RunAsync(async ct =>
            {
                await CopyAsync(report, context, checkpoint, ct);
                await VerifyAsync(report, context, ct);
                return true;
            }, cancellationToken);
            return true;
        }
        using var store = LogStore.Open(directory);
        if (history.Position is not { } known)
        {
            await history.SnapshotAsync(source, ObjectRules.Parse(project).Databases, await StartAsync(source, context, store, cancellationToken), cancellationToken);
            known = history.Position!.Value;
        }
        if (checkpoint.Position is null)
        {
            checkpoint = checkpoint with { Position = Start() ?? known };
            await mark.RecordAsync(destination, "source_position", checkpoint.Position.Value, cancellationToken);
        }
        if (!store.Contains(checkpoint.Position.Value))
            store.Clear();
        var puller = new LogPuller(store, context.SourceConnectionString, project.Name);
        (report.Store, report.Puller) = (store, puller);
        return await FirstToEndAsync(ct => ApplyAsync(report, context, store, history, checkpoint, ct), [ct => puller.RunAsync(checkpoint.Position.Value, ct), ct => TrimAsync(store, mark, checkpoint.Position.Value, ct)], cancellationToken);
    }

    /// <summary>Full migration and incremental synchronization, which may be suspended while the Store goes on pulling.</summary>
    private Task<bool> ApplyAsync(LinkReport report, LinkContext context, LogStore store, SchemaHistory history, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var sync = new IncrSync.IncrSync(context, store, history);
        var isFirst = true;
        return report.Suspension.RunAsync(async ct =>
        {
            // What was under way when it was suspended is not there, or is: the destination says it.
            if (!isFirst)
                checkpoint = await ContinueAsync(context.Mark, ct);
            isFirst = false;
            checkpoint = await CopyAsync(report, context, checkpoint, ct);
            await SynchronizeAsync(report, context, sync, checkpoint, ct);
            return false;
        }, cancellationToken);
    }

    private async Task<TxnMark.Checkpoint> ContinueAsync(TxnMark mark, CancellationToken cancellationToken)
    {
        await using var destination = await OpenAsync(_destination, cancellationToken);
        return await mark.ContinueAsync(destination, cancellationToken);
    }

    private static async Task<IReadOnlyList<TablePair>> PairTablesAsync(
        ObjectSelection selection, MySqlConnection destination, SchemaHistory? history, BinlogPosition? position, CancellationToken cancellationToken)
    {
        Func<TableSchema, TableSchema?>? earlier = position is { } at && history is not null ? table => SourceSchema.At(history, table, at) : null;
        return await TablePairs.MatchAsync(selection.Rules, selection.Tables, destination, earlier, cancellationToken);
    }

    /// <summary>The tables that the source had at the checkpoint and the rules select; the destination's are as DDL synchronization has left them there.</summary>
    /// <exception cref="OmsException">SchemaMismatch: a table that should be at the destination is not, or has lost its key.</exception>
    private async Task<IReadOnlyList<TablePair>> PairTablesBehindDdlAsync(ObjectSelection selection, MySqlConnection destination, SchemaHistory history, BinlogPosition position, CancellationToken cancellationToken)
    {
        var rules = ObjectRules.Parse(project);
        var then = history.TablesAt(position).Select(t => new TableName(t.Database, t.Table)).Where(rules.IsSelected).ToList();
        IReadOnlyList<TableName> names = then.Count > 0 ? then : [.. selection.Tables.Select(t => t.Name)];
        var there = (await SchemaReader.ReadAsync(destination, [.. names.Select(rules.DestinationOf)], cancellationToken)).ToDictionary(t => t.Name);
        TableSchema? Destination(TableName name) => there.GetValueOrDefault(rules.DestinationOf(name));
        var faults = names.Where(n => selection.Tables.Any(t => t.Name == n) && Destination(n)?.RowKey is null)
            .Select(n => Destination(n) is null ? $"{n}: it does not exist at the destination" : $"{n}: the destination's has no unique key that names its rows").ToList();
        return faults.Count == 0
            ? [.. names.Where(n => Destination(n)?.RowKey is not null).Select(n => DdlSync.Pair(rules, n, Destination(n)!, history, position))]
            : throw TablePairs.Mismatch(faults);
    }

    private static DdlNotes Notes(LinkReport report) => new(
        report.Status.SkippedDdl.Select(s => s.Position).ToHashSet(),
        stopped => report.Set(s => s with { StoppedDdl = stopped }),
        leftOut => report.Set(s => s.LeftOut.Contains(leftOut.ToString()) ? s : s with { LeftOut = [.. s.LeftOut, leftOut.ToString()] }));

    private async Task<TxnMark.Checkpoint> EndAnnouncedDdlAsync(TxnMark mark, TxnMark.Checkpoint checkpoint, DdlNotes notes, CancellationToken cancellationToken)
    {
        try
        {
            return await new DdlApplier(engine.ConnectionString(_destination), mark).EndAnnouncedAsync(checkpoint, notes.Skipped, cancellationToken);
        }
        catch (DdlRefusedException e)
        {
            throw notes.Stop(project.Name, e);
        }
    }

    /// <summary>Full migration, unless it is done: the mark row says so by the end of the idempotent phase.</summary>
    private async Task<TxnMark.Checkpoint> CopyAsync(LinkReport report, LinkContext context, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (project.Types.HasFlag(MigrationTypes.Full) && checkpoint.IdempotentUntil is null)
        {
            report.Begin(LinkStep.FullMigration);
            await new FullImport.FullImport().RunAsync(context, cancellationToken);
            // After hours of copying the first connections may have been closed.
            await using var source = await OpenAsync(_source, cancellationToken);
            await using var destination = await OpenAsync(_destination, cancellationToken);
            var end = project.Types.HasFlag(MigrationTypes.Incremental) ? await SourceLog.EndAsync(source, cancellationToken) : new BinlogPosition("none.0", 0);
            await context.Mark.RecordAsync(destination, "idempotent_until", end, cancellationToken);
            checkpoint = checkpoint with { IdempotentUntil = end };
        }
        report.Set(static s => s with { FullMigrationCompleted = true });
        return checkpoint;
    }

    private async Task SynchronizeAsync(LinkReport report, LinkContext context, IncrSync.IncrSync sync, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        report.Begin(LinkStep.IncrementalSync);
        sync.Position.Advance(checkpoint.Position!.Value, null, caughtUp: false);
        report.Sync = sync.Position;
        report.Watch = new SourceWatch(context, sync.Position.Latency);
        async Task<bool> SyncAsync(CancellationToken ct)
        {
            await sync.RunAsync(checkpoint, ct);
            return false;
        }

        var companions = new List<Func<CancellationToken, Task>> { report.Watch.RunAsync };
        if (context.Reconciles && (sync.Winner.IsByVersion ? project.ReverseOf is null : sync.Winner.IsAlwaysSource))
            companions.Add(new Reconciler(context, sync.Winner, sync.Tables, () => sync.Position.Applied, Back, engine.LogEndAsync).RunAsync);
        if (project.Types.HasFlag(MigrationTypes.Verification) && !report.Status.VerificationCompleted)
            companions.Add(ct => VerifyOnceCaughtUpAsync(report, context, sync, ct));
        await FirstToEndAsync(SyncAsync, [.. companions], cancellationToken);
    }

    private ReturnWay? Back()
    {
        if (ReturnWays.Find(project, metadata.Read(session => session.Projects()), name => engine.GetDataSource(name).Region) is not { } links)
            return null;
        return new ReturnWay(
            links.FirstOrDefault(l => l.ReverseOf == project.Name || l.Name == project.ReverseOf)?.Name,
            [.. links.Select(l => new ReturnLink(l.Source, metadata.ReadStatus(l.Name)?.AppliedPosition is { } position ? BinlogPosition.Parse(position) : null))]);
    }

    /// <summary>What the user chose before this start; it counts for this run only.</summary>
    private ConflictChoice? TakeChoice()
    {
        if (metadata.GetValue(project.Name, ConflictChoiceMade) is not { } choice)
            return null;
        metadata.SetValue(project.Name, ConflictChoiceMade, null);
        return Newtonsoft.Json.JsonConvert.DeserializeObject<ConflictChoice>(choice);
    }

    /// <summary>Where a reverse link without a checkpoint begins: where the forward link first touched its source, so that no change since then is lost. Null for a forward link.</summary>
    private BinlogPosition? Start() => project.ReverseOf is { } forward && metadata.GetValue(forward, ReverseStart) is { } start ? BinlogPosition.Parse(start) : null;

    /// <summary>Where the schema is known from: now or, for a link that begins at a time, then, if it has not changed since.</summary>
    private async Task<Func<CancellationToken, Task<BinlogPosition>>> StartAsync(MySqlConnection source, LinkContext context, LogStore store, CancellationToken cancellationToken)
    {
        if (project.StartTimestamp is not { } time)
            return ct => SourceLog.EndAsync(source, ct);
        var past = new SourceHistory(source, context.SourceConnectionString, project.Name);
        var start = await past.FindAsync(time.UtcDateTime, store, cancellationToken);
        var looked = start;
        return async ct =>
        {
            var end = await SourceLog.EndAsync(source, ct);
            await past.RequireSameSchemaAsync([.. context.Tables.Select(t => t.Source.Name)], looked, end, ct);
            looked = end;
            return start;
        };
    }

    /// <summary>Removes from the Store what is older than the project keeps and needed by nobody: what counts is how far the destination would let a new process go on from.</summary>
    private async Task TrimAsync(LogStore store, TxnMark mark, BinlogPosition position, CancellationToken cancellationToken)
    {
        using var synchronization = store.Register("incremental synchronization", position);
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await using var destination = await OpenAsync(_destination, cancellationToken);
                if (await mark.ReadPositionAsync(destination, cancellationToken) is { } applied)
                    synchronization.MoveTo(applied);
            }
            catch (Exception e) when (e is OmsException { Kind: OmsErrorKind.ConnectionFailed } or MySqlException { IsTransient: true })
            {
                // The destination can't be asked now: all that it has not confirmed stays until it can.
            }
            try
            {
                store.RemoveApplied(DateTime.UtcNow.AddHours(-project.StoreRetentionHours));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody has the file open, or the disk is read-only: it is kept for another minute, and a disk that fills up has its own alert.
            }
        }
    }

    private async Task VerifyOnceCaughtUpAsync(LinkReport report, LinkContext context, IncrSync.IncrSync sync, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!sync.Position.CaughtUp)
            await timer.WaitForNextTickAsync(cancellationToken);
        try
        {
            await VerifyAsync(report, context with { Tables = [.. sync.Tables.Values.Select(t => t.Pair)] }, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Changes flow on without it: it is reported, and tried again when the link is started next.
            report.Set(s => s with { VerificationError = LinkFault.Describe(project.Name, e).Message });
        }
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private async Task VerifyAsync(LinkReport report, LinkContext context, CancellationToken cancellationToken)
    {
        if (!project.Types.HasFlag(MigrationTypes.Verification))
            return;
        var inconsistent = new List<string>();
        await foreach (var table in new Verification.Verification().RunAsync(context, cancellationToken))
        {
            if (!table.Consistent)
                inconsistent.Add(table.Table);
        }
        report.Set(s => s with { VerificationCompleted = true, VerificationError = null, InconsistentTables = inconsistent });
    }

    private async Task<MySqlConnection> OpenAsync(DataSource dataSource, CancellationToken cancellationToken)
    {
        var connection = new MySqlConnection(engine.ConnectionString(dataSource, static b => b.Pooling = false));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await connection.DisposeAsync();
            throw ConnectionFault.Describe(dataSource, e);
        }
    }

    /// <summary>Runs the main work beside its companions; when one of them ends or fails, all are stopped, and the first failure is thrown.</summary>
    private static async Task<bool> FirstToEndAsync(Func<CancellationToken, Task<bool>> main, Func<CancellationToken, Task>[] companions, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var mainTask = main(stop.Token);
        Task[] all = [mainTask, .. companions.Select(c => c(stop.Token))];
        var first = await Task.WhenAny(all);
        await stop.CancelAsync();
        foreach (var task in all)
            await task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
        return mainTask.IsCompletedSuccessfully && mainTask.Result;
    }
}
