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
    public const string PrecheckPassed = "precheck-passed", ReverseStart = "reverse-start", RecordsExist = "records-exist";

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
            report.Set(s => s with { State = completed ? ProjectState.Completed : ProjectState.Paused });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report.Set(static s => s with { State = ProjectState.Paused });
        }
        catch (Exception e)
        {
            var error = LinkFault.Describe(project.Name, e);
            if (error.Id == "RecordExists")
                metadata.SetValue(project.Name, RecordsExist, "ignore");
            report.Set(s => s with { State = ProjectState.Failed, Error = error.Message, Remedy = error.Remedy });
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
        var selection = await ObjectSelection.ResolveAsync(source, project, cancellationToken);
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
            Tables = await PairTablesAsync(selection, destination, isBehindDdl: project.SyncDdl && checkpoint.Position is not null && report.Status.FullMigrationCompleted, history, checkpoint.Position, cancellationToken),
            Mark = mark,
            Progress = _progress,
        };
        // A link that brings no schema of its own has it complete once both sides are seen to match.
        report.Set(static s => s with { SchemaMigrationCompleted = true });

        if (history is null)
        {
            await CopyAsync(report, context, source, destination, checkpoint, cancellationToken);
            await VerifyAsync(report, context, cancellationToken);
            return true;
        }
        if (history.Position is not { } known)
        {
            await history.SnapshotAsync(source, [.. selection.Tables.Select(t => t.Name.Database).Distinct()], ct => SourceLog.EndAsync(source, ct), cancellationToken);
            known = history.Position!.Value;
        }
        if (checkpoint.Position is null)
        {
            checkpoint = checkpoint with { Position = Start() ?? known };
            await mark.RecordAsync(destination, "source_position", checkpoint.Position.Value, cancellationToken);
        }
        using var store = LogStore.Open(directory);
        if (!store.Contains(checkpoint.Position.Value))
            store.Clear();
        report.Store = store;
        var puller = new LogPuller(store, context.SourceConnectionString, project.Name);
        async Task<bool> CopyAndSynchronizeAsync(CancellationToken ct)
        {
            var copied = await CopyAsync(report, context, source, destination, checkpoint, ct);
            await SynchronizeAsync(report, context, store, history, copied, ct);
            return false;
        }

        return await FirstToEndAsync(CopyAndSynchronizeAsync, [ct => puller.RunAsync(checkpoint.Position.Value, ct)], cancellationToken);
    }

    /// <param name="isBehindDdl">
    /// DDL of the source may still be in the log before us: then the destination's tables are what the source's were at the checkpoint.
    /// </param>
    private static async Task<IReadOnlyList<TablePair>> PairTablesAsync(
        ObjectSelection selection, MySqlConnection destination, bool isBehindDdl, SchemaHistory? history, BinlogPosition? position, CancellationToken cancellationToken)
    {
        if (!isBehindDdl)
        {
            var there = await SchemaReader.ReadAsync(destination, selection.Tables.Select(t => t.Name.Database).Distinct(), cancellationToken);
            return TablePairs.Match(selection.Tables, there, position is { } at && history is not null ? table => SourceSchema.At(history, table, at) : null);
        }
        var schemas = await SchemaReader.ReadAsync(destination, [.. selection.Tables.Select(t => t.Name)], cancellationToken);
        return [.. schemas.Select(s => new TablePair(s, s))];
    }

    /// <summary>Full migration, unless it is done: the mark row says so by the end of the idempotent phase.</summary>
    private async Task<TxnMark.Checkpoint> CopyAsync(LinkReport report, LinkContext context, MySqlConnection source, MySqlConnection destination, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (project.Types.HasFlag(MigrationTypes.Full) && checkpoint.IdempotentUntil is null)
        {
            report.Begin(LinkStep.FullMigration);
            await new FullImport.FullImport().RunAsync(context, cancellationToken);
            var end = project.Types.HasFlag(MigrationTypes.Incremental) ? await SourceLog.EndAsync(source, cancellationToken) : new BinlogPosition("none.0", 0);
            await context.Mark.RecordAsync(destination, "idempotent_until", end, cancellationToken);
            checkpoint = checkpoint with { IdempotentUntil = end };
        }
        report.Set(static s => s with { FullMigrationCompleted = true });
        return checkpoint;
    }

    private async Task SynchronizeAsync(LinkReport report, LinkContext context, LogStore store, SchemaHistory history, TxnMark.Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        report.Begin(LinkStep.IncrementalSync);
        var sync = new IncrSync.IncrSync(context, store, history);
        report.Sync = sync.Position;
        report.Watch = new SourceWatch(context, sync.Position.Latency);
        async Task<bool> ApplyAsync(CancellationToken ct)
        {
            await sync.RunAsync(checkpoint, ct);
            return false;
        }

        var companions = new List<Func<CancellationToken, Task>> { ct => TrimAsync(store, sync.Position, ct), report.Watch.RunAsync };
        if (context.Reconciles && ConflictRules.SourceWins(project, _source.Region) == true)
            companions.Add(new Reconciler(context, sync.Tables, () => sync.Position.Applied, Partner).RunAsync);
        if (project.Types.HasFlag(MigrationTypes.Verification) && !report.Status.VerificationCompleted)
            companions.Add(ct => VerifyOnceCaughtUpAsync(report, context, sync.Position, ct));
        await FirstToEndAsync(ApplyAsync, [.. companions], cancellationToken);
    }

    private (string Name, BinlogPosition? Applied)? Partner()
    {
        var name = project.ReverseOf ?? metadata.Read(session => session.Projects()).FirstOrDefault(p => p.ReverseOf == project.Name)?.Name;
        if (name is null)
            return null;
        return (name, metadata.ReadStatus(name)?.AppliedPosition is { } position ? BinlogPosition.Parse(position) : null);
    }

    /// <summary>Where a reverse link without a checkpoint begins: where the forward link first touched its source, so that no change since then is lost. Null for a forward link.</summary>
    private BinlogPosition? Start() => project.ReverseOf is { } forward && metadata.GetValue(forward, ReverseStart) is { } start ? BinlogPosition.Parse(start) : null;

    private async Task TrimAsync(LogStore store, SyncPosition position, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (position.Applied is { } applied)
                store.RemoveApplied(applied, DateTime.UtcNow.AddHours(-project.StoreRetentionHours));
        }
    }

    private async Task VerifyOnceCaughtUpAsync(LinkReport report, LinkContext context, SyncPosition position, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!position.CaughtUp)
            await timer.WaitForNextTickAsync(cancellationToken);
        try
        {
            await VerifyAsync(report, context, cancellationToken);
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
