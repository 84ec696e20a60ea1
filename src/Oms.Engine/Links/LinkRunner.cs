using Oms.Conflicts;
using Oms.Context;
using Oms.Ddl;
using Oms.FullImport;
using Oms.Marks;
using Oms.Metadata;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.MySql.Schema;
using Oms.Objects;
using Oms.Precheck;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;
using Oms.Verification;

namespace Oms.Links;

/// <summary>Runs a project's link from where it was left: precheck, schema migration, Store, full migration, incremental synchronization,
/// full verification.</summary>
internal sealed partial class LinkRunner(OmsEngine engine, MetadataStore metadata, Project project)
{
    /// <summary>Values kept with the project in the metadata.</summary>
    public const string PrecheckPassed = "precheck-passed",
        ReverseStart = "reverse-start",
        RecordsExist = "records-exist",
        ConflictChoiceMade = "conflict-choice",
        LeftOut = "left-out",
        LogsCascades = "logs-cascades";

    private const int ShownPassedDdl = 100;

    private readonly LinkProgress _progress = new(metadata.ReadStatus(project.Name));
    private readonly Outage _outage = new(TimeProvider.System);
    private DataSource _source = engine.GetDataSource(project.Source);
    private DataSource _destination = engine.GetDataSource(project.Destination);
    private ConflictChoice? _choice;
    private TxnMark? _mark;

    /// <summary>Runs until stopped (returns) or failed (throws). The lease is held already, and is given back in any case.</summary>
    public async Task RunAsync(string token, LinkStatus status, CancellationTokenSource stop)
    {
        try
        {
            await RunHeldAsync(token, status, stop);
        }
        finally
        {
            metadata.ReleaseLease(project.Name, token);
        }
    }

    private async Task RunHeldAsync(string token, LinkStatus status, CancellationTokenSource stop)
    {
        var report = new LinkReport(metadata, _progress, token, status) { IsOneWay = project.Scenario != Scenario.ActiveActive };
        report.Set(static s => s);
        using var reporting = new CancellationTokenSource();
        var heartbeat = report.RunAsync(stop.Cancel, reporting.Token);
        try
        {
            var completed = await FirstToEndAsync(ct => ReachAsync(report, ct), [heartbeat.WaitAsync], stop.Token);
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
            if (error.Id is "SourceChanged" or "SourceLogReplaced")
                error = WithoutPlaces(report, error);
            // A conflict that the policy leaves to the user is no failure: the link waits for a decision.
            var stopped = error.TargetObject as StoppedConflict;
            if (stopped is not null && report.Status.AppliedPosition is { } applied)
                error = new OmsException(
                    error.Id,
                    error.Kind,
                    $"{error.Message} The source's log is applied up to {applied}.",
                    error.Remedy,
                    stopped
                );
            report.Set(s =>
                s with
                {
                    State = stopped is null ? ProjectState.Failed : ProjectState.Paused,
                    StoppedAt = stopped,
                    Suspended = false,
                    Error = error.Message,
                    Remedy = error.Remedy,
                }
            );
            throw error;
        }
        finally
        {
            await reporting.CancelAsync();
            await heartbeat.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Runs the steps; begins them anew with new connections, as after a restart, whenever a data source is changed.</summary>
    private async Task<bool> ReachAsync(LinkReport report, CancellationToken cancellationToken)
    {
        (_choice, _movesSource) = (TakeChoice(), TakeSourceMove());
        while (true)
        {
            var watch = new DataSourceWatch(engine, project);
            (_source, _destination) = (engine.GetDataSource(project.Source), engine.GetDataSource(project.Destination));
            try
            {
                return await FirstToEndAsync(ct => ThroughOutagesAsync(report, ct), [watch.RunAsync], cancellationToken);
            }
            catch (DataSourceChangedException) when (!cancellationToken.IsCancellationRequested)
            {
                // On to the server as it is reached now, which may be another one.
                _mark = null;
            }
        }
    }

    /// <summary>
    /// Goes through the steps, however often a server is away or refuses the log-in meanwhile: what is left is begun again from what the
    /// destination says. A link that has run before needs its source only for what it does not have yet.
    /// </summary>
    /// <returns>Whether all is done (a project without incremental synchronization).</returns>
    private async Task<bool> ThroughOutagesAsync(LinkReport report, CancellationToken cancellationToken)
    {
        report.Outages = [_outage];
        await PrecheckAsync(report, cancellationToken);
        while (true)
        {
            try
            {
                // A move ends with the link's folder in another log: what is left begins anew.
                if (_movesSource)
                    await StepsAsync(report, cancellationToken);
                return await StepsAsync(report, cancellationToken);
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                (report.Outages, report.Waits, report.Store, report.Puller) = ([_outage], [], null, null);
                await _outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    /// <summary>The first start needs both servers: one that is away is waited for. What else keeps it from them fails the
    /// precheck.</summary>
    private async Task PrecheckAsync(LinkReport report, CancellationToken cancellationToken)
    {
        if (metadata.GetValue(project.Name, PrecheckPassed) is not null)
            return;
        report.Begin(LinkStep.Precheck);
        while (true)
        {
            try
            {
                await WaitForServersAsync(cancellationToken);
                await engine.RequirePrecheckAsync(project.Name, cancellationToken);
                metadata.SetValue(project.Name, PrecheckPassed, "yes");
                return;
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await _outage.WaitAsync(e, cancellationToken);
            }
            catch (OmsException e) when (e.Id == "PrecheckFailed")
            {
                // A server that has gone while it was asked is waited for.
                if (await FindAwayAsync(cancellationToken) is null)
                    throw;
            }
        }
    }

    private async Task WaitForServersAsync(CancellationToken cancellationToken)
    {
        while (await FindAwayAsync(cancellationToken) is { } away)
            await _outage.WaitAsync(away, cancellationToken);
        _outage.End();
    }

    /// <summary>Why one of the servers can't be reached just now; null: both can, or for a reason that does not pass. A host name that
    /// nobody knows may be a slip as long as it was never reached.</summary>
    private async Task<OmsException?> FindAwayAsync(CancellationToken cancellationToken)
    {
        foreach (var server in new[] { _source, _destination })
        {
            try
            {
                await using var connection = await OpenAsync(server, cancellationToken);
            }
            catch (OmsException e)
                when (Outage.MayPass(e)
                    && !Outage.IsRefusal(e)
                    && e.InnerException is not MySqlException { Number: ErrorNumber.UnknownHost }
                )
            {
                return e;
            }
            catch (OmsException)
            {
                // The precheck tells it.
            }
        }
        return null;
    }

    /// <returns>Whether all is done (a project without incremental synchronization).</returns>
    private async Task<bool> StepsAsync(LinkReport report, CancellationToken cancellationToken)
    {
        var directory = engine.StoreDirectory(project.Name);
        await using var destination = await OpenDestinationAsync(report, directory, cancellationToken);
        await TxnMark.CreateTablesAsync(destination, TxnMark.DefaultDatabase, cancellationToken);
        // Once the link is ours an outage does not make it ours again: another process may have it by now.
        var mark = _mark ??= new TxnMark(project.Name, _source.Region);
        var checkpoint =
            mark.Epoch == 0
                ? await mark.AcquireAsync(destination, cancellationToken)
                : await mark.AcquireAgainAsync(destination, cancellationToken);
        _progress.Recount(await mark.ReadCountsAsync(destination, cancellationToken));
        _progress.Recount(await ConflictLog.CountAsync(destination, project.Name, cancellationToken));
        var moved = await FindMoveAsync(report, destination, mark, checkpoint, directory, cancellationToken);
        using var history = project.Types.HasFlag(MigrationTypes.Incremental)
            ? SourceSchema.Open(directory, isNew: checkpoint.Position is null, project.Name)
            : null;
        // DDL of the source may still be in the log before us: then what it has by now is not what the link follows here.
        var goesOn =
            checkpoint.Position is not null && (checkpoint.IdempotentUntil is not null || !project.Types.HasFlag(MigrationTypes.Full));
        var isMoving = await HasToMoveAsync(report, directory, history, checkpoint, goesOn, cancellationToken);
        // The new server is none that this log is of.
        await using var source = isMoving
            ? null
            : await OpenSourceAsync(isKnown: goesOn && IsKnown(report, history, checkpoint), cancellationToken);
        var server = await IdentifyAsync(source, directory, checkpoint, cancellationToken);
        // Nothing is written to a source that may be the wrong one.
        if (source is not null && (project.Scenario == Scenario.ActiveActive || project.Heartbeat))
            await TxnMark.CreateTablesAsync(source, TxnMark.DefaultDatabase, cancellationToken);
        if (project.Scenario == Scenario.ActiveActive && project.ReverseOf is null && metadata.GetValue(project.Name, ReverseStart) is null)
            metadata.SetValue(project.Name, ReverseStart, (await SourceLog.EndAsync(destination, cancellationToken)).ToString());

        var notes = Notes(report);
        if (goesOn && project.SyncDdl)
            checkpoint = await EndAnnouncedDdlAsync(mark, checkpoint, notes, cancellationToken);
        var rules = ObjectRules.Parse(project);
        IReadOnlyList<TableSchema> selected = [];
        if (source is not null)
        {
            var selection = goesOn
                ? await ObjectSelection.ExamineAsync(source, project, cancellationToken)
                : await ObjectSelection.ResolveAsync(source, project, cancellationToken);
            (rules, selected) = (selection.Rules, selection.Tables);
            if (!goesOn)
                WriteLeftOut(selection.LeftOut.Select(o => o.Name));
            report.Set(s =>
                s with
                {
                    LeftOut = goesOn ? s.LeftOut : [.. selection.LeftOut.Select(o => o.ToString())],
                    TablesTotal = selected.Count,
                    RowsEstimated = selected.Sum(t => t.EstimatedRows),
                }
            );
            if (project.Types.HasFlag(MigrationTypes.Schema) && !report.Status.SchemaMigrationCompleted)
            {
                report.Begin(LinkStep.SchemaMigration);
                await using var ddl = await ServerSession.OpenAsync(
                    engine.SessionOptions(_destination),
                    SessionPurpose.RunDdl,
                    cancellationToken
                );
                var objects = await SchemaMigration.RunAsync(source, ddl, selection, cancellationToken: cancellationToken);
                report.Set(s =>
                    s with
                    {
                        LeftOut =
                        [
                            .. s.LeftOut,
                            .. objects.Where(o => o.Status == SchemaObjectStatus.NotSupported).Select(o => $"{o.Name}: {o.Error}"),
                        ],
                    }
                );
            }
        }
        var context = new LinkContext
        {
            Project = metadata.GetValue(project.Name, RecordsExist) is null
                ? project
                : project with
                {
                    Full = project.Full with { ExistingRecords = ExistingRecords.Ignore },
                },
            Source = _source,
            Destination = _destination,
            SourceSession = engine.SessionOptions(_source),
            DestinationSession = engine.SessionOptions(_destination),
            Tables =
                goesOn && history is not null
                    ? await PairTablesAtAsync(
                        rules,
                        selected,
                        destination,
                        history,
                        checkpoint.Position!.Value,
                        report.Status.SkippedDdl,
                        cancellationToken
                    )
                    : await PairTablesAsync(rules, selected, destination, history, checkpoint.Position, cancellationToken),
            Mark = mark,
            Progress = _progress,
            Ddl = notes,
            LogsCascades = history is not null && await AskLogsCascadesAsync(source, cancellationToken),
            Choice = _choice,
            Moved = moved,
        };
        if (Settles(context))
        {
            // Before any row is written: from here on whatever is in doubt on either side is listed for this link too.
            await mark.CreateReconcileSlotAsync(destination, cancellationToken);
            if (source is not null)
                await mark.AtSource(_destination.Region).CreateReconcileSlotAsync(source, cancellationToken);
        }
        // A link that brings no schema of its own has it complete once both sides are seen to match.
        report.Set(static s => s with { SchemaMigrationCompleted = true });

        _outage.End();
        if (history is null)
        {
            await report.Suspension.RunAsync(
                async ct =>
                {
                    await CopyAsync(report, context, checkpoint, ct);
                    await VerifyAsync(report, context, ct);
                    return true;
                },
                cancellationToken
            );
            return true;
        }
        using var store = LogStore.Open(StoreFolder.OfLog(directory), needed: checkpoint.Position);
        if (isMoving)
        {
            await MoveAsync(report, context, directory, store, history, checkpoint, cancellationToken);
            return false;
        }
        if (history.Position is not { } known)
        {
            // Without one the source was waited for.
            await history.SnapshotAsync(
                source!,
                rules.Databases,
                await StartAsync(source!, context, store, cancellationToken),
                cancellationToken
            );
            known = history.Position!.Value;
        }
        if (checkpoint.Position is null)
        {
            checkpoint = checkpoint with { Position = Start() ?? known };
            await mark.RecordAsync(destination, "source_position", checkpoint.Position.Value, cancellationToken);
        }
        if (!store.Reaches(checkpoint.Position.Value))
            store.PutAside();
        var puller = new LogPuller(store, context.SourceSession, project.Name, server, context.Time);
        (report.Store, report.Puller) = (store, puller);
        var trimmer = new StoreTrimmer(
            store,
            history,
            TimeSpan.FromHours(project.StoreRetentionHours),
            ct => ReadAppliedAsync(mark, ct),
            context.Time
        );
        var recorder = new GtidRecorder(store, directory, context.SourceSession, server, context.Time);
        return await FirstToEndAsync(
            ct => ApplyAsync(report, context, store, history, checkpoint, ct),
            [
                ct => puller.RunAsync(checkpoint.Position.Value, ct),
                ct => trimmer.RunAsync(checkpoint.Position.Value, ct),
                ct => recorder.RunAsync(checkpoint.Position.Value, ct),
            ],
            cancellationToken
        );
    }

    /// <summary>Full migration and incremental synchronization, which may be suspended while the Store goes on pulling.</summary>
    private Task<bool> ApplyAsync(
        LinkReport report,
        LinkContext context,
        LogStore store,
        SchemaHistory history,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        var sync = new IncrementalSynchronization(context, store, history);
        var isFirst = true;
        return report.Suspension.RunAsync(
            async ct =>
            {
                // What was under way when it was suspended is not there, or is: the destination says it.
                if (!isFirst)
                    checkpoint = await ContinueAsync(context.Mark, sync.Outage, ct);
                isFirst = false;
                checkpoint = await CopyAsync(report, context, checkpoint, ct);
                await SynchronizeAsync(report, context, sync, checkpoint, ct);
                return false;
            },
            cancellationToken
        );
    }

    private async Task<TxnMark.Checkpoint> ContinueAsync(TxnMark mark, Outage outage, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var destination = await OpenAsync(_destination, cancellationToken);
                var checkpoint = await mark.ContinueAsync(destination, cancellationToken);
                outage.End();
                return checkpoint;
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    private static async Task<IReadOnlyList<TablePair>> PairTablesAsync(
        ObjectRules rules,
        IReadOnlyList<TableSchema> tables,
        RowSession destination,
        SchemaHistory? history,
        BinlogPosition? position,
        CancellationToken cancellationToken
    )
    {
        Func<TableSchema, TableSchema?>? earlier =
            position is { } at && history is not null ? table => SourceSchema.At(history, table, at) : null;
        return await TablePairs.MatchAsync(rules, tables, destination, earlier, cancellationToken);
    }

    /// <summary>
    /// The tables that the source had at the checkpoint and the link carries: those that were renamed or dropped since have changes in the
    /// log before that. With DDL synchronization the destination's are as it has left them there.
    /// </summary>
    /// <exception cref="OmsException">SchemaMismatch: a table that should be at the destination is not, or has lost its key.</exception>
    private async Task<IReadOnlyList<TablePair>> PairTablesAtAsync(
        ObjectRules rules,
        IReadOnlyList<TableSchema> selected,
        RowSession destination,
        SchemaHistory history,
        BinlogPosition position,
        IReadOnlyList<SkippedDdl> skipped,
        CancellationToken cancellationToken
    )
    {
        var then = history.TablesAt(position).Select(t => new TableName(t.Database, t.Table)).Where(rules.IsSelected).ToHashSet();
        if (then.Count == 0)
            return await PairTablesAsync(rules, selected, destination, history, position, cancellationToken);
        then.ExceptWith(ReadLeftOut());
        var unchanged = project.SyncDdl ? [] : selected.Where(t => then.Contains(t.Name)).ToList();
        var others = then.Except(unchanged.Select(t => t.Name)).ToList();
        var there = (await SchemaReader.ReadAsync(destination, [.. others.Select(rules.DestinationOf)], cancellationToken)).ToDictionary(
            t => t.Name
        );
        TableSchema? Destination(TableName name) => there.GetValueOrDefault(rules.DestinationOf(name));
        // Of an online schema change that began before the link: its end stops the link.
        others.RemoveAll(n => rules.ShadowOf(n) is not null && Destination(n) is null);
        // In front of a statement that is passed over the link has applied all, and what it takes away may be gone at the destination
        // already.
        if (skipped.Any(s => BinlogPosition.Parse(s.Position) >= position))
            others.RemoveAll(n => Destination(n) is null && selected.All(t => t.Name != n));
        var faults = others
            .Where(n => Destination(n)?.RowKey is null)
            .Select(n =>
                Destination(n) is null
                    ? $"{n}: changes of it may stand in the log from {position} on, and it does not exist at the destination"
                    : $"{n}: the destination's has no unique key that names its rows"
            )
            .ToList();
        return faults.Count == 0
            ?
            [
                .. others.Select(n => DdlSync.Pair(rules, n, Destination(n)!, history, position)),
                .. await PairTablesAsync(rules, unchanged, destination, history, position, cancellationToken),
            ]
            : throw TablePairs.Mismatch(faults);
    }

    /// <summary>The selected tables that the link does not carry, from its beginning or since they came.</summary>
    private HashSet<TableName> ReadLeftOut() =>
        metadata.GetValue(project.Name, LeftOut) is { } names
            ? Newtonsoft.Json.JsonConvert.DeserializeObject<HashSet<TableName>>(names)!
            : [];

    private void WriteLeftOut(IEnumerable<TableName> names) =>
        metadata.SetValue(project.Name, LeftOut, Newtonsoft.Json.JsonConvert.SerializeObject(names));

    private DdlNotes Notes(LinkReport report) =>
        new(
            report.Status.SkippedDdl.Select(s => s.Position).ToHashSet(),
            stopped => report.Set(s => s with { StoppedDdl = stopped }),
            passed =>
                report.Set(s =>
                    s.PassedDdl.Any(p => p.Position == passed.Position)
                        ? s
                        : s with
                        {
                            PassedDdl = [.. s.PassedDdl.TakeLast(ShownPassedDdl - 1), passed],
                        }
                ),
            leftOut =>
            {
                WriteLeftOut(ReadLeftOut().Append(leftOut.Name));
                report.Set(s => s.LeftOut.Contains(leftOut.ToString()) ? s : s with { LeftOut = [.. s.LeftOut, leftOut.ToString()] });
            },
            followed =>
            {
                var leftOut = ReadLeftOut();
                if (!leftOut.Remove(followed))
                    return;
                WriteLeftOut(leftOut);
                report.Set(s => s with { LeftOut = [.. s.LeftOut.Where(l => !l.StartsWith($"{followed}: ", StringComparison.Ordinal))] });
            }
        );

    private async Task<TxnMark.Checkpoint> EndAnnouncedDdlAsync(
        TxnMark mark,
        TxnMark.Checkpoint checkpoint,
        DdlNotes notes,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await new DdlApplier(engine.SessionOptions(_destination), mark).EndAnnouncedAsync(
                checkpoint,
                notes.Skipped,
                cancellationToken
            );
        }
        catch (DdlRefusedException e)
        {
            throw notes.Stop(project.Name, e);
        }
    }

    /// <summary>Full migration, unless it is done: the mark row says so by the end of the idempotent phase.</summary>
    private async Task<TxnMark.Checkpoint> CopyAsync(
        LinkReport report,
        LinkContext context,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        if (project.Types.HasFlag(MigrationTypes.Full) && checkpoint.IdempotentUntil is null)
        {
            report.Begin(LinkStep.FullMigration);
            await new FullMigration().RunAsync(context, cancellationToken);
            // After hours of copying the first connections may have been closed.
            await using var source = await OpenAsync(_source, cancellationToken);
            await using var destination = await OpenAsync(_destination, cancellationToken);
            var end = project.Types.HasFlag(MigrationTypes.Incremental)
                ? await SourceLog.EndAsync(source, cancellationToken)
                : new BinlogPosition("none.0", 0);
            await context.Mark.RecordAsync(destination, "idempotent_until", end, cancellationToken);
            checkpoint = checkpoint with { IdempotentUntil = end };
        }
        if (!project.Types.HasFlag(MigrationTypes.Incremental) || checkpoint.IdempotentUntil is null)
            report.Set(static s => s with { FullMigrationCompleted = true });
        return checkpoint;
    }

    private async Task SynchronizeAsync(
        LinkReport report,
        LinkContext context,
        IncrementalSynchronization sync,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        report.Begin(LinkStep.IncrementalSync);
        sync.Position.Advance(checkpoint.Position!.Value, null, caughtUp: false);
        (report.Sync, report.ReplayUntil) = (sync.Position, checkpoint.IdempotentUntil);
        report.Watch = new SourceWatch(
            context,
            sync.Position.Latency,
            () => report.Store?.End,
            ct => report.Puller?.RequireSameLogAsync(ct) ?? Task.CompletedTask
        );
        async Task<bool> SyncAsync(CancellationToken ct)
        {
            await sync.RunAsync(checkpoint, ct);
            return false;
        }

        var companions = new List<Func<CancellationToken, Task>> { report.Watch.RunAsync };
        var destination = new DestinationWatch(context);
        companions.Add(destination.RunAsync);
        report.Outages = [_outage, sync.Outage, destination.Outage];
        report.Waits = [() => destination.Wait, () => Throttled(sync)];
        if (Settles(context))
        {
            var reconciler = new Reconciler(context, sync.Winner, sync.Tables, () => sync.Position.Applied, Back, engine.LogEndAsync);
            report.Outages = [.. report.Outages, reconciler.Outage];
            report.Waits = [.. report.Waits, () => reconciler.Wait];
            companions.Add(reconciler.RunAsync);
        }
        if (project.Types.HasFlag(MigrationTypes.Verification) && !report.Status.VerificationCompleted)
            companions.Add(ct => VerifyOnceCaughtUpAsync(report, context, sync, ct));
        await FirstToEndAsync(SyncAsync, [.. companions], cancellationToken);
    }

    /// <summary>Whether conflicts that values can't decide are settled with this link, and not with the one that comes back.</summary>
    private bool Settles(LinkContext context)
    {
        var winner = new ConflictWinner(project, _source.Region);
        return context.Reconciles && (winner.IsByVersion ? project.ReverseOf is null : winner.IsAlwaysSource);
    }

    private LinkWait? Throttled(IncrementalSynchronization sync)
    {
        if (sync.Position.CaughtUp || sync.ThrottledSince is not { } since)
            return null;
        var limits = new[]
        {
            project.Incremental.RowsPerSecond is { } rows ? $"{rows} rows" : null,
            project.Incremental.BytesPerSecond is { } bytes ? $"{bytes} bytes" : null,
        }.OfType<string>();
        return new LinkWait(
            LinkWaitKind.Throttle,
            $"Changes are held back by the project's limit of {string.Join(" and ", limits)} a second",
            since,
            null,
            "It ends when the backlog is applied."
        );
    }

    private ReturnWay? Back()
    {
        if (
            ReturnWays.Find(project, metadata.Read(session => session.Projects()), name => engine.GetDataSource(name).Region)
            is not { } links
        )
            return null;
        return new ReturnWay(
            links.FirstOrDefault(l => l.ReverseOf == project.Name || l.Name == project.ReverseOf)?.Name,
            [
                .. links.Select(l => new ReturnLink(
                    l.Source,
                    metadata.ReadStatus(l.Name)?.AppliedPosition is { } position ? BinlogPosition.Parse(position) : null
                )),
            ]
        );
    }

    /// <summary>What the user chose before this start; it counts for this run only.</summary>
    private ConflictChoice? TakeChoice()
    {
        if (metadata.GetValue(project.Name, ConflictChoiceMade) is not { } choice)
            return null;
        metadata.SetValue(project.Name, ConflictChoiceMade, null);
        return Newtonsoft.Json.JsonConvert.DeserializeObject<ConflictChoice>(choice);
    }

    /// <summary>Where a reverse link without a checkpoint begins: where the forward link first touched its source, so that no change since
    /// then is lost. Null for a forward link.</summary>
    private BinlogPosition? Start() =>
        project.ReverseOf is { } forward && metadata.GetValue(forward, ReverseStart) is { } start ? BinlogPosition.Parse(start) : null;

    /// <summary>Where the schema is known from: now or, for a link that begins at a time, then, if it has not changed since.</summary>
    private async Task<Func<CancellationToken, Task<BinlogPosition>>> StartAsync(
        RowSession source,
        LinkContext context,
        LogStore store,
        CancellationToken cancellationToken
    )
    {
        if (project.StartTimestamp is not { } time)
            return ct => SourceLog.EndAsync(source, ct);
        var past = new SourceHistory(source, context.SourceSession, project.Name);
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

    /// <summary>How far the destination would let a new process go on from.</summary>
    private async Task<BinlogPosition?> ReadAppliedAsync(TxnMark mark, CancellationToken cancellationToken)
    {
        await using var destination = await OpenAsync(_destination, cancellationToken);
        return await mark.ReadPositionAsync(destination, cancellationToken);
    }

    private async Task VerifyOnceCaughtUpAsync(
        LinkReport report,
        LinkContext context,
        IncrementalSynchronization sync,
        CancellationToken cancellationToken
    )
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
        await foreach (
            var table in new FullVerification(
                new VerificationOptions().Between(_source, _destination),
                new RunningLinks(engine, project).CarriedAsync
            ).RunAsync(context, cancellationToken)
        )
        {
            if (!table.Consistent)
                inconsistent.Add(table.Table);
        }
        report.Set(s => s with { VerificationCompleted = true, VerificationError = null, InconsistentTables = inconsistent });
    }

    /// <summary>The destination, however long it is away. The Store goes on pulling meanwhile, if the link has run before: the source may
    /// not keep its log for as long.</summary>
    private async Task<RowSession> OpenDestinationAsync(LinkReport report, string directory, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(_destination, cancellationToken);
        }
        catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
        {
            await _outage.WaitAsync(e, cancellationToken);
        }
        if (!project.Types.HasFlag(MigrationTypes.Incremental) || !Directory.Exists(directory) || _movesSource)
            return await OpenOnceThereAsync(_destination, cancellationToken);
        using var store = LogStore.Open(StoreFolder.OfLog(directory));
        if (store.WritePosition is not { } end)
            return await OpenOnceThereAsync(_destination, cancellationToken);
        var puller = new LogPuller(
            store,
            engine.SessionOptions(_source),
            project.Name,
            SourceIdentity.Find(directory),
            TimeProvider.System
        );
        (report.Store, report.Puller) = (store, puller);
        RowSession? destination = null;
        await FirstToEndAsync(
            async ct =>
            {
                destination = await OpenOnceThereAsync(_destination, ct);
                return true;
            },
            [ct => puller.RunAsync(end, ct)],
            cancellationToken
        );
        (report.Store, report.Puller) = (null, null);
        return destination!;
    }

    private async Task<RowSession> OpenOnceThereAsync(DataSource dataSource, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await OpenAsync(dataSource, cancellationToken);
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await _outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    /// <param name="isKnown">The link can do without it for now.</param>
    /// <returns>The source; null: it is away, and the link goes on with what it has of it.</returns>
    private async Task<RowSession?> OpenSourceAsync(bool isKnown, CancellationToken cancellationToken)
    {
        try
        {
            return isKnown ? await OpenAsync(_source, cancellationToken) : await OpenOnceThereAsync(_source, cancellationToken);
        }
        catch (Exception e) when (isKnown && Outage.MayPass(e) && !Outage.IsRefusal(e) && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Whether an earlier run has left all that the link has to know of its source.</summary>
    private bool IsKnown(LinkReport report, SchemaHistory? history, TxnMark.Checkpoint checkpoint)
    {
        var rules = ObjectRules.Parse(project);
        return history?.Position is not null
            && history.TablesAt(checkpoint.Position!.Value).Any(t => rules.IsSelected(new TableName(t.Database, t.Table)))
            && (!project.Types.HasFlag(MigrationTypes.Schema) || report.Status.SchemaMigrationCompleted)
            && metadata.GetValue(project.Name, LogsCascades) is not null;
    }

    /// <summary>Which server the source is, if the link reads its log: the one that it was. One that is away is asked when it is
    /// back.</summary>
    private async Task<string?> IdentifyAsync(
        RowSession? source,
        string directory,
        TxnMark.Checkpoint checkpoint,
        CancellationToken cancellationToken
    )
    {
        if (!project.Types.HasFlag(MigrationTypes.Incremental))
            return null;
        if (source is null)
            return SourceIdentity.Find(directory);
        var server = await ServerLog.IdentityAsync(source, cancellationToken);
        if (server is not null)
            SourceIdentity.Require(directory, server, isNew: checkpoint.Position is null, project.Name);
        return server;
    }

    private async Task<bool> AskLogsCascadesAsync(RowSession? source, CancellationToken cancellationToken)
    {
        if (source is not null)
        {
            var answer = CascadeLogging.AreLogged(
                (await source.QueryRowAsync($"SHOW GLOBAL VARIABLES LIKE '{CascadeLogging.NativeForeignKeys}'", cancellationToken))?[1]
            );
            metadata.SetValue(project.Name, LogsCascades, answer ? "yes" : "no");
        }
        return metadata.GetValue(project.Name, LogsCascades) == "yes";
    }

    private Task<RowSession> OpenAsync(DataSource dataSource, CancellationToken cancellationToken) =>
        engine.OpenAsync(dataSource, cancellationToken);

    /// <summary>Runs the main work beside its companions; when one of them ends or fails, all are stopped, and the first failure is
    /// thrown.</summary>
    private static async Task<bool> FirstToEndAsync(
        Func<CancellationToken, Task<bool>> main,
        Func<CancellationToken, Task>[] companions,
        CancellationToken cancellationToken
    )
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
