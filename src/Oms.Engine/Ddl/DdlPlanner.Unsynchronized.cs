using Oms.Hosting;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Precheck;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

// For links that do not synchronize DDL.
internal sealed partial class DdlPlanner
{
    private const string CameLater = "it came after the link began, and DDL is not synchronized";

    /// <summary>
    /// What a statement means for a link that does not synchronize DDL. A selected table that comes later is left out. One that gets
    /// another name stops the link: its rows would come under a name that nobody carries. What takes rows away, or lets the source change
    /// rows without logging them, stops it or is listed, by the project's choice: no row would ever tell. A changed structure is met where
    /// rows come that have it.
    /// </summary>
    /// <param name="isFailed">The statement ended with an error at the source, perhaps half done.</param>
    /// <param name="existed">Whether the source had a table before the statement.</param>
    public DdlPlan PlanUnsynchronized(TableStatement statement, bool isFailed, Func<TableName, bool> existed)
    {
        if (statement.Action == TableAction.ChangeViews)
            return Views(statement);
        if (statement.Action == TableAction.Unreadable)
            return UnreadableUnsynchronized(statement, existed);
        var loss = Loss(statement);
        if (isFailed && (loss is not null || Named(statement).Any(tables.ContainsKey)))
            return PassedOver(HalfDone, statement, isCertain: false);
        if (loss is not null)
        {
            return terms.Unsynchronized == UnsynchronizedDdl.Warn
                ? new DdlPlan { Passed = loss }
                : PassedOver(
                    DdlPlan.Refuse(
                        $"{loss}, and DDL is not synchronized",
                        $"Do the same to the destination's tables by hand (empty a table that is dropped and made anew), or leave them as they are if they shall keep what they have; then let the link pass over the statement with {HostCommand.SkipDdl}. "
                            + $"A project with {HostCommand.ProjectOption(nameof(Project.UnsynchronizedDdl), nameof(UnsynchronizedDdl.Warn))} goes on at such statements and lists them."
                    ),
                    statement,
                    isCertain: statement.Action is not (TableAction.DropTables or TableAction.DropDatabase)
                );
        }
        if (
            statement.Action == TableAction.CreateTable
            && Name(statement.Tables[0]) is var created
            && rules.IsSelected(created)
            && !tables.ContainsKey(created)
            && !existed(created)
        )
            return new DdlPlan { LeftOut = [new LeftOutObject(created, CameLater)] };
        var moves = Moves(statement);
        if (moves.Find(m => tables.ContainsKey(m.From)) is { From.Table: not null } renamed)
            return RefuseRename(statement, renamed.From, renamed.To);
        return new DdlPlan
        {
            LeftOut =
            [
                .. moves.Where(m => rules.IsSelected(m.To) && !tables.ContainsKey(m.To)).Select(m => new LeftOutObject(m.To, CameLater)),
            ],
        };
    }

    private DdlPlan UnreadableUnsynchronized(TableStatement statement, Func<TableName, bool> existed) =>
        Named(statement).Any(tables.ContainsKey) || MayMeanFollowed(statement)
            ? PassedOver(NotUnderstood(statement), statement, isCertain: false)
            : new DdlPlan
            {
                LeftOut = [.. Named(statement).Where(t => rules.IsSelected(t) && !existed(t)).Select(t => new LeftOutObject(t, CameLater))],
            };

    private DdlPlan RefuseRename(TableStatement statement, TableName from, TableName to) =>
        PassedOver(
            DdlPlan.Refuse(
                $"it gives {from} the name {to}, and DDL is not synchronized",
                $"Rename the destination's tables alike by hand, then let the link pass over the statement with {HostCommand.SkipDdl}."
            ),
            statement,
            isCertain: true
        );

    /// <summary>What a statement takes away from followed tables, or from their rows' being logged, without a row that would tell it; null:
    /// nothing.</summary>
    private string? Loss(TableStatement statement)
    {
        var followed = Named(statement).Where(tables.ContainsKey).ToList();
        string? OfTable(string what) =>
            followed.Count == 0
                ? null
                : string.Format(System.Globalization.CultureInfo.InvariantCulture, what, string.Join(" and ", followed));
        return statement.Action switch
        {
            TableAction.TruncateTable => OfTable("it empties {0}"),
            TableAction.DropTables => OfTable("it drops {0}"),
            TableAction.CreateTable when statement.IsReplace => OfTable("it makes {0} anew"),
            TableAction.DropDatabase when tables.Keys.Any(t => t.Database == statement.Database) =>
                $"it drops the database {statement.Database} with tables that the link carries",
            TableAction.CreateDatabase when !statement.IfNotExists && tables.Keys.Any(t => t.Database == statement.Database) =>
                $"it makes the database {statement.Database} anew, in which the link carries tables",
            TableAction.AlterTable when followed.Count == 0 => null,
            TableAction.AlterTable when statement.MovesRows is { } clause && !KeepsRows(statement) => OfTable(
                $"{clause} changes the rows of {{0}} without logging them"
            ),
            TableAction.AlterTable when statement.StorageEngine is { } engine && !TableLimits.IsTransactional(engine, terms.IsOceanBase) =>
                OfTable($"it gives {{0}} the storage engine {engine}, which is not transactional"),
            TableAction.AlterTable when statement.Cascade is { } cascade && !terms.LogsCascades => OfTable(
                $"it gives {{0}} a foreign key with {cascade}, whose changes of rows the source does not log"
            ),
            _ => null,
        };
    }

    /// <summary>Of a clause that moves rows: behind it the table has the same.</summary>
    private static bool KeepsRows(TableStatement statement) =>
        statement.Partitioning?.Action
            is PartitionAction.Add
                or PartitionAction.Reorganize
                or PartitionAction.Coalesce
                or PartitionAction.Remove
                or PartitionAction.PartitionBy
                or PartitionAction.Maintain;
}
