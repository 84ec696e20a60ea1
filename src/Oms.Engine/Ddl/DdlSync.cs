using System.Collections.Concurrent;
using Oms.Context;
using Oms.Hosting;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;
using Oms.Store;

namespace Oms.Ddl;

/// <summary>Carries out what a batch says of tables' structures, with all rows before it applied and none behind it read: runs the source's
/// DDL and keeps the tables that the link follows up to date.</summary>
internal sealed class DdlSync(LinkContext context, SchemaHistory history, ConcurrentDictionary<TableName, TableBinding> tables)
{
    private readonly ObjectRules _rules = ObjectRules.Parse(context.Project);

    /// <param name="ddl">The statement; null: there is none.</param>
    /// <param name="reshaped">Followed tables that have become others at the source.</param>
    /// <param name="end">Where the log has been read to.</param>
    /// <param name="sequence">The sequence number of the link's last mark.</param>
    /// <returns>The sequence number of the link's last mark now.</returns>
    /// <exception cref="OmsException">DdlNotSynchronized, TableWithoutUniqueKey, LinkTakenOver</exception>
    public async Task<long> ApplyAsync(
        SourceDdl? ddl,
        IReadOnlyCollection<TableName> reshaped,
        BinlogPosition end,
        long sequence,
        CancellationToken cancellationToken
    )
    {
        var unfollowed = new Dictionary<TableName, TableBinding>();
        if (ddl is not null)
        {
            sequence = await RunAsync(ddl, sequence, cancellationToken);
            foreach (var name in ddl.Plan.Unfollow)
                if (tables.TryRemove(name, out var binding))
                    unfollowed.Add(name, binding);
            foreach (var leftOut in ddl.Plan.LeftOut)
                context.Ddl.LeftOut(leftOut);
        }
        FollowedTable[] wanted =
        [
            .. ddl?.Plan.Follow ?? [],
            .. reshaped.Where(tables.ContainsKey).Select(name => new FollowedTable(name, tables[name].Destination)),
        ];
        if (wanted.Length == 0)
            return sequence;
        await using var connection = await ServerSession.OpenAsync(context.DestinationSession, SessionPurpose.Control, cancellationToken);
        var there = (
            await SchemaReader.ReadAsync(connection, [.. wanted.Select(w => w.Destination).Distinct()], cancellationToken)
        ).ToDictionary(t => t.Name);
        foreach (var table in wanted.DistinctBy(w => w.Source))
            Follow(
                table,
                tables.GetValueOrDefault(table.Source) ?? unfollowed.GetValueOrDefault(table.Source),
                there.GetValueOrDefault(table.Destination),
                ddl?.Behind ?? end,
                ddl
            );
        return sequence;
    }

    /// <summary>
    /// Joins a table of the source, with the columns that it had at a position, with the destination's. Where these do not fit, or are not
    /// known, rows are expected as the destination has them: the first one that is otherwise stops the link.
    /// </summary>
    /// <param name="before">The source's table as it was followed so far; null: it is as the destination's.</param>
    public static TablePair Pair(
        ObjectRules rules,
        TableName source,
        TableSchema destination,
        SchemaHistory history,
        BinlogPosition at,
        TableSchema? before = null
    )
    {
        var otherwise = before ?? destination with { Name = source };
        return rules.Pair(
            SourceSchema.At(history, otherwise, at) is { } known && SchemaComparison.Obstacles(rules.Map(known), destination).Count == 0
                ? known
                : otherwise,
            destination
        );
    }

    private async Task<long> RunAsync(SourceDdl ddl, long sequence, CancellationToken cancellationToken)
    {
        if (ddl.IsOwn)
            return sequence;
        var applier = new DdlApplier(context.DestinationSession, context.Mark);
        if (context.Ddl.Skipped.Contains(ddl.Start.ToString()))
        {
            await AdoptAsync(ddl, cancellationToken);
            await applier.SkipAsync(ddl, ++sequence, cancellationToken);
            return sequence;
        }
        if (ddl.Plan.Refusal is { } reason)
            throw context.Ddl.Stop(context.Project.Name, ddl.Start.ToString(), ddl.Shown, reason, ddl.Plan.Remedy!);
        if (ddl.Plan.Passed is { } passed)
            Pass(ddl, passed);
        if (ddl.Plan.Views.Count > 0)
        {
            await applier.ConfirmAsync(ddl.Start, ++sequence, cancellationToken);
            await new ViewSync(context, _rules, tables.Keys).RunAsync(ddl.Plan.Views, reason => Pass(ddl, reason), cancellationToken);
            await applier.ConfirmAsync(ddl.End, ++sequence, cancellationToken);
        }
        if (ddl.Plan.Steps.Count == 0)
            return sequence;
        if (ddl.Plan.LostPartitions is { } lost && await PartitionDifferenceAsync(lost, cancellationToken) is { } difference)
        {
            throw context.Ddl.Stop(
                context.Project.Name,
                ddl.Start.ToString(),
                ddl.Shown,
                $"{lost.Table.Destination} is not partitioned as {lost.Table.Source} is: {difference}",
                $"Partition the destination's table alike and start the link again; or do by hand what the statement does (with the same rows), then let the link pass over it with {HostCommand.SkipDdl}."
            );
        }
        try
        {
            await applier.RunAsync(await WithZoneAsync(ddl, cancellationToken), history.State!.Server, ++sequence, cancellationToken);
            return sequence;
        }
        catch (DdlRefusedException e)
        {
            throw context.Ddl.Stop(context.Project.Name, e);
        }
    }

    private void Pass(SourceDdl ddl, string reason) =>
        context.Ddl.Passed(
            new PassedDdl(ddl.Start.ToString(), ddl.Shown, reason, new DateTimeOffset(DateTime.SpecifyKind(ddl.Time, DateTimeKind.Utc)))
        );

    /// <summary>As the source's table is by now; one that is gone has its DROP in the log.</summary>
    private async Task<string?> PartitionDifferenceAsync(LostPartitions lost, CancellationToken cancellationToken)
    {
        await using var source = await ServerSession.OpenAsync(context.SourceSession, SessionPurpose.Control, cancellationToken);
        await using var destination = await ServerSession.OpenAsync(context.DestinationSession, SessionPurpose.Control, cancellationToken);
        return
            await PartitionLayout.ReadAsync(source, lost.Table.Source, cancellationToken) is { } here
            && await PartitionLayout.ReadAsync(destination, lost.Table.Destination, cancellationToken) is { } there
            ? here.DifferenceFrom(there, lost.Names)
            : null;
    }

    /// <summary>What a statement that is not understood has made of the source's tables, the user has made of the destination's before it
    /// was passed over: rows behind it are read so.</summary>
    private async Task AdoptAsync(SourceDdl ddl, CancellationToken cancellationToken)
    {
        var uncertain = ddl
            .Plan.Follow.Where(t => history.Find(t.Source.Database, t.Source.Table, ddl.Behind).Knowledge == SchemaKnowledge.Uncertain)
            .ToDictionary(t => t.Destination, t => t.Source);
        if (uncertain.Count == 0)
            return;
        await using var connection = await ServerSession.OpenAsync(context.DestinationSession, SessionPurpose.Control, cancellationToken);
        foreach (var there in await SchemaReader.ReadAsync(connection, uncertain.Keys, cancellationToken))
            history.Adopt(
                ddl.Behind,
                new QualifiedTable(uncertain[there.Name].Database, uncertain[there.Name].Table),
                there.ToDefinition(),
                $"{ddl.Shown} (passed over: as at the destination)"
            );
    }

    /// <summary>The statement with its session's time zone as an offset, where that was the source's own (SYSTEM): the destination's may be
    /// another.</summary>
    private async Task<SourceDdl> WithZoneAsync(SourceDdl ddl, CancellationToken cancellationToken)
    {
        if (ddl.Statement.Variables.TimeZone != "SYSTEM")
            return ddl;
        await using var source = await ServerSession.OpenAsync(context.SourceSession, SessionPurpose.Control, cancellationToken);
        var offset = await SystemZone.OffsetAsync(source, ddl.Time, cancellationToken);
        return ddl with { Statement = ddl.Statement with { Variables = ddl.Statement.Variables with { TimeZone = offset } } };
    }

    private void Follow(FollowedTable table, TableBinding? followed, TableSchema? there, BinlogPosition at, SourceDdl? ddl)
    {
        if (there?.RowKey is not null)
        {
            // Columns of another name are not told from what the destination has.
            var before = followed is not null && followed.Pair.Mapping != ColumnMapping.None ? followed.Pair : null;
            tables[table.Source] = new TableBinding(
                Pair(_rules, table.Source, there, history, at, before?.Source) with
                {
                    IsAggregated = followed?.Pair.IsAggregated == true,
                }
            );
            if (followed is null)
                context.Ddl.Followed(table.Source);
            return;
        }
        var wasFollowed = tables.ContainsKey(table.Source);
        // What another link or a user did to the destination's table shows when rows come for it.
        if (wasFollowed && ddl is not { IsOwn: false })
            return;
        if (wasFollowed)
            throw KeyMissing(table, there);
        context.Ddl.LeftOut(
            new LeftOutObject(
                table.Source,
                there is null
                    ? "it is not at the destination"
                    : "the destination's table has no primary key and no unique key whose columns are whole and NOT NULL"
            )
        );
    }

    private static OmsException KeyMissing(FollowedTable table, TableSchema? there) =>
        there is null
            ? new OmsException(
                "SchemaMismatch",
                OmsErrorKind.SchemaMismatch,
                $"Table {table.Destination} is no longer at the destination.",
                "Make it anew with the structure and the rows of the source's, or exclude it from the project.",
                table.Destination.ToString()
            )
            : new OmsException(
                "TableWithoutUniqueKey",
                OmsErrorKind.SchemaMismatch,
                $"Table {table.Destination} has no longer a primary key or a unique key whose columns are whole and NOT NULL.",
                $"Give it the key that the source's table gets, start the link again, and let it pass over the statement that makes the key at the source with {HostCommand.SkipDdl}.",
                table.Destination.ToString()
            );
}
