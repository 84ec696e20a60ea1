using System.Text;
using Oms.Ddl;
using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Rows;
using Oms.Servers;

namespace Oms.Changes;

/// <summary>The DDL statements of the log: what they change in the source's schema, and what they mean for the link.</summary>
internal sealed class DdlStatements(TransactionEvents events, IReadOnlyDictionary<TableName, TableBinding> tables, ReaderOptions options)
{
    // MariaDB logs an ALTER TABLE in two phases on request: only its commit counts.
    private const int StartAlter = 2,
        RollbackAlter = 8;

    private static readonly byte[] s_originComment = Encoding.UTF8.GetBytes(OriginComment.Text.TrimEnd());

    /// <summary>The session that wrote the last mark row; 0: none.</summary>
    public uint EngineThread { get; set; }

    /// <summary>The server counts its sessions anew.</summary>
    public void ForgetSessions() => EngineThread = 0;

    /// <summary>Takes in a statement that the reader has just met.</summary>
    /// <param name="transaction">The open one.</param>
    /// <param name="start">Where it stands.</param>
    /// <param name="seconds">When it began.</param>
    /// <returns>Whether its transaction goes on behind it, with the statement's rows or as a change that is logged as a statement.</returns>
    public bool Read(ChangeBatch batch, OpenTransaction? transaction, QueryEvent query, BinlogPosition start, DateTime seconds)
    {
        var hasRows = transaction is { Extent: TransactionExtent.Group };
        if (options.History is not { } history || transaction is { IsApplied: true })
            return hasRows;
        history.Apply(events.Position, query);
        if (options.Ddl is null || history.State is not { } state)
            return hasRows;
        var statement = SchemaStatement.Of(query, state.Server);
        if ((statement.Variables.MariaDbGtidFlags & (StartAlter | RollbackAlter)) > 0)
            return hasRows;
        var read = TableStatement.Read(statement, state.Server);
        hasRows |= transaction is not null && read.StartsTransaction;
        if (read.IsTemporary)
            return hasRows;
        if (read.ChangesRows)
        {
            if (transaction is not { IsLeftOut: true })
                RefuseDml(query, start, read.IsCall);
            // Its transaction has an end of its own.
            return true;
        }
        // Rows behind it may have other columns or keys, and a batch holds rows of one layout a table.
        foreach (var table in read.Tables.Concat(read.Renames.Select(r => r.To)).Select(t => new TableName(t.Database, t.Table)))
            if (tables.ContainsKey(table))
                batch.Reshaped.Add(table);
        var isOwn = IsOwn(query, statement, read.Action);
        var plan = Plan(options.Ddl, history, state, statement, read, query.ErrorCode != 0, isOwn, start);
        if (plan.IsIgnored || (isOwn && ((plan.Refusal ?? plan.Passed) is not null || plan.Views.Count > 0)))
            return hasRows;
        var time = seconds.AddMicroseconds(statement.Variables.Microseconds ?? 0);
        if (!hasRows)
        {
            batch.Ddl = new SourceDdl(statement, plan, start, events.Position, events.Position, time, isOwn);
        }
        else if (plan.Refusal is null)
        {
            batch.Ddl = new SourceDdl(statement, plan, transaction!.Start, transaction.Start, events.Position, time, isOwn);
        }
        else
        {
            // What the user does by hand has the rows in it.
            transaction!.CreateWithRows = new SourceDdl(statement, plan, transaction.Start, default, events.Position, time, isOwn);
            transaction.IsLeftOut = true;
        }
        return hasRows;
    }

    /// <summary>Refuses a change that is logged as a statement, unless none of the link's tables can be meant.</summary>
    /// <param name="isCall">It need not name the tables that it changes.</param>
    /// <exception cref="OmsException">ChangeNotSupported</exception>
    public void RefuseDml(QueryEvent query, BinlogPosition start, bool isCall = false)
    {
        if (
            isCall || tables.Keys.Any(t => query.Database == t.Database || query.Text.Contains(t.Table, StringComparison.OrdinalIgnoreCase))
        )
            throw options.Refuse(
                $"a change logged as a statement: {ShownStatement.Of(query.Text, 200)}",
                start,
                "Set binlog_format=ROW at the source for every session, then resume."
            );
    }

    private DdlPlan Plan(
        DdlPlanner planner,
        SchemaHistory history,
        SchemaState state,
        SchemaStatement statement,
        TableStatement read,
        bool isFailed,
        bool isOwn,
        BinlogPosition start
    )
    {
        bool Existed(TableName table) => history.Find(table.Database, table.Table, start).Knowledge != SchemaKnowledge.Unknown;
        var plan =
            MayBeTemporary(statement, read, state) ? planner.RefuseAmbiguous(read)
            : !isOwn && !options.SyncDdl ? planner.PlanUnsynchronized(read, isFailed, Existed)
            : planner.Plan(
                read,
                isFailed,
                Existed,
                t => history.Find(t.Database, t.Table, events.Position).Definition,
                d => state.Databases.GetValueOrDefault(d)?.Collation
            );
        return !isOwn && plan.Refusal is null && NewlyUncertain(history, plan, start) is { } uncertain
            ? planner.RefuseUncertain(read, uncertain.Table, uncertain.Reason)
            : plan;
    }

    /// <summary>
    /// Whether the engine ran the statement. How it looks tells only that it may have: anyone can write so. That its session had our
    /// database for its default, which no server grants without rights there, or had just written a mark row there, tells it. The latter is
    /// for statements on databases, which servers log with the one they speak of.
    /// </summary>
    private bool IsOwn(QueryEvent query, SchemaStatement statement, TableAction action)
    {
        var looksOwn =
            query.Sql.Span.StartsWith(s_originComment)
            || statement.Variables.SqlMode == DdlSettings.OriginMode
            || (action == TableAction.ChangeViews && statement.Variables.SqlMode == DdlSettings.ViewMode);
        return looksOwn && (query.Database == options.MarkDatabase || (EngineThread != 0 && query.ThreadId == EngineThread));
    }

    /// <summary>A table that the link follows, or would behind the statement, and of which the statement does not tell what it makes: a
    /// stop here has a way on, one at its next rows has none.</summary>
    private (TableName Table, string Reason)? NewlyUncertain(SchemaHistory history, DdlPlan plan, BinlogPosition start)
    {
        foreach (var name in tables.Keys.Except(plan.Unfollow).Concat(plan.Follow.Select(f => f.Source)))
        {
            if (
                history.Find(name.Database, name.Table, events.Position) is { Knowledge: SchemaKnowledge.Uncertain } now
                && now.Since > start
            )
                return (name, now.Reason!);
        }
        return null;
    }

    private bool MayBeTemporary(SchemaStatement statement, TableStatement read, SchemaState state) =>
        read.Tables.Any(t =>
            state.TemporaryTables.Contains(new TemporaryTable(statement.ThreadId, t))
            && tables.ContainsKey(new TableName(t.Database, t.Table))
        );
}
