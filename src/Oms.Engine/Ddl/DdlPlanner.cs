using Oms.Hosting;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Precheck;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

/// <summary>Decides what a DDL statement of the source means for a link, by the link's rules and the tables that it follows.
/// Pure.</summary>
internal sealed partial class DdlPlanner(ObjectRules rules, IReadOnlyDictionary<TableName, TableBinding> tables, DdlTerms terms)
{
    private static readonly string s_byHand =
        $"Make the destination's tables fit by hand if need be, then let the link pass over the statement with {HostCommand.SkipDdl}.";

    /// <param name="isFailed">The statement ended with an error at the source, perhaps half done.</param>
    /// <param name="existed">Whether the source had a table before the statement.</param>
    /// <param name="after">What the source's table is behind it; null where that is not known.</param>
    /// <param name="collation">The default collation that a database has behind the statement; null where that is not known.</param>
    public DdlPlan Plan(
        TableStatement statement,
        bool isFailed,
        Func<TableName, bool> existed,
        Func<TableName, TableDefinition?> after,
        Func<string, string?> collation
    )
    {
        if (statement.IsTemporary)
            return DdlPlan.Ignore;
        var plan = statement.Action switch
        {
            TableAction.CreateTable => Create(statement, existed, after),
            TableAction.AlterTable when statement.Renames.Count == 0 => Alter(statement, after),
            TableAction.AlterTable or TableAction.RenameTables => Rename(statement, after),
            TableAction.DropTables => Drop(statement),
            TableAction.TruncateTable => Truncate(statement),
            TableAction.ChangeViews => Views(statement),
            TableAction.CreateDatabase => !statement.IfNotExists && tables.Keys.Any(t => t.Database == statement.Database)
                ? DdlPlan.Refuse("it makes a selected database anew", s_byHand)
                : DdlPlan.Ignore,
            TableAction.AlterDatabase => AlterDatabase(statement, collation),
            TableAction.DropDatabase => rules.Databases.Contains(statement.Database)
                ? DdlPlan.Refuse("it drops a whole database", s_byHand)
                : DdlPlan.Ignore,
            TableAction.Unreadable => Unreadable(statement),
            _ => DdlPlan.Ignore,
        };
        if (isFailed && !plan.IsIgnored && statement.Action != TableAction.ChangeViews)
            return PassedOver(HalfDone, statement, isCertain: false);
        return plan.Refusal is null ? plan : PassedOver(plan, statement, isCertain: statement.Action != TableAction.Unreadable);
    }

    private static IEnumerable<TableName> Named(TableStatement statement) => statement.Tables.Select(Name);

    private static DdlPlan HalfDone => DdlPlan.Refuse("it failed at the source and may be half done there", s_byHand);

    /// <summary>Refuses a statement after which it is not known what a followed table looks like.</summary>
    public DdlPlan RefuseUncertain(TableStatement statement, TableName table, string reason) =>
        PassedOver(
            DdlPlan.Refuse(
                reason,
                $"Give the destination's table of {table} the columns that the source's has behind it, in the same order, then let the link pass over the statement with {HostCommand.SkipDdl}: rows behind it are read so."
            ),
            statement,
            isCertain: false
        );

    /// <summary>Refuses a statement whose session has a temporary table of the name of one that is followed.</summary>
    public DdlPlan RefuseAmbiguous(TableStatement statement) =>
        PassedOver(
            DdlPlan.Refuse("its session has a temporary table of this name, and it may mean either", s_byHand),
            statement,
            isCertain: false
        );

    /// <summary>
    /// Says what becomes of the link's tables when the user has it pass over a refused statement: what it makes or renames is followed if
    /// the destination has it by then, what it drops or renames away is not.
    /// </summary>
    /// <param name="isCertain">False: the statement's effect is not known, and the destination's tables tell which of those that it names
    /// are still there.</param>
    private DdlPlan PassedOver(DdlPlan refused, TableStatement statement, bool isCertain)
    {
        var named = statement.Tables.Select(Name).ToList();
        var renamed = Moves(statement).Select(m => m.To);
        var (gone, come) = statement.Action switch
        {
            _ when !isCertain
                    && (IEnumerable<TableName>)
                        [
                            .. named,
                            .. renamed,
                            .. tables.Keys.Where(t =>
                                t.Database == statement.Database || statement.MayMean(new QualifiedTable(t.Database, t.Table))
                            ),
                        ]
                        is var all => (all, all),
            TableAction.CreateTable => ([], named),
            TableAction.DropTables => (named, []),
            TableAction.DropDatabase => (tables.Keys.Where(t => t.Database == statement.Database), []),
            TableAction.AlterTable when statement.IsVersioned => (named, []),
            TableAction.AlterTable or TableAction.RenameTables => (statement.Renames.Select(r => Name(r.From)), renamed),
            _ => ((IEnumerable<TableName>)[], (IEnumerable<TableName>)[]),
        };
        if (statement.IsVersioned && statement.Action == TableAction.AlterTable)
            refused = refused with
            {
                LeftOut = [.. named.Where(tables.ContainsKey).Select(t => new LeftOutObject(t, "it has system versioning"))],
            };
        return refused with
        {
            Unfollow = [.. gone.Where(tables.ContainsKey).Distinct()],
            Follow = [.. come.Where(rules.IsSelected).Distinct().Select(t => new FollowedTable(t, DestinationOf(t)))],
        };
    }

    /// <summary>Only what is followed as a whole gets its defaults: tables that are named say themselves what they are, and others are none
    /// of the link's business.</summary>
    private DdlPlan AlterDatabase(TableStatement statement, Func<string, string?> collation)
    {
        var destinations = rules.WholeDatabasesOf(statement.Database!).ToList();
        if (destinations.Count == 0)
            return DdlPlan.Ignore;
        if (!statement.ChangesCharset)
            return new DdlPlan
            {
                Passed = $"options of the database {statement.Database} other than its character set are not synchronized",
            };
        if (collation(statement.Database!) is not { } now)
            return DdlPlan.Refuse($"which default the database {statement.Database} has behind it is not known", s_byHand);
        var wanted = rules.Charsets.MapCollation(now) ?? now;
        return terms.Server.Collations.FirstOrDefault(c => SchemaComparison.NamesOfCollation(wanted).Contains(c.Name)) is { } there
            ? new DdlPlan
            {
                Steps =
                [
                    .. destinations.Select(d => new DdlStep(
                        DdlStepKind.Database,
                        $"ALTER DATABASE {TableName.Quote(d)} CHARACTER SET {CharsetRules.Plain(there.CharacterSet)} COLLATE {CharsetRules.Plain(there.Name)}",
                        []
                    )
                    {
                        DatabaseDefault = new(d, there.Name),
                    }),
                ],
            }
            : DdlPlan.Refuse(
                $"it gives the database {statement.Database} the default collation {wanted}, which the destination has not",
                s_byHand
            );
    }

    private DdlPlan Views(TableStatement statement)
    {
        var views = Named(statement).Where(rules.IsSelected).Distinct().ToList();
        return views.Count == 0 ? DdlPlan.Ignore
            : terms.SyncViews ? new DdlPlan { Views = [.. views.Select(v => new FollowedTable(v, NewAtDestination(v)))] }
            : new DdlPlan { Passed = $"views are not synchronized here ({string.Join(", ", views)})" };
    }

    private DdlPlan Unreadable(TableStatement statement) =>
        Named(statement).Any(t => tables.ContainsKey(t) || rules.IsSelected(t)) || MayMeanFollowed(statement)
            ? NotUnderstood(statement)
            : DdlPlan.Ignore;

    private bool MayMeanFollowed(TableStatement statement) =>
        tables.Keys.Any(t => statement.MayMean(new QualifiedTable(t.Database, t.Table)));

    private static DdlPlan NotUnderstood(TableStatement statement) =>
        DdlPlan.Refuse(
            $"it is not understood: {statement.Reason}",
            $"Give the destination's tables the columns that the source's have behind it, in the same order, then let the link pass over the statement with {HostCommand.SkipDdl}: rows behind it are read so."
        );

    private static DdlPlan Shared(TableName table) =>
        DdlPlan.Refuse($"the destination's table of {table} takes the rows of other tables too", s_byHand);

    private bool IsShared(TableName table) =>
        tables.TryGetValue(table, out var binding) && tables.Values.Count(b => b.Destination == binding.Destination) > 1;

    private DdlPlan Printed(TableStatement statement, TableDefinition? after, Func<string, DdlPlan> plan)
    {
        var target = new StatementTarget
        {
            Server = terms.Server,
            Rename = t => DestinationOf(Name(t)) is var there ? new QualifiedTable(there.Database, there.Table) : t,
            MapCollation = rules.Charsets.MapCollation,
        };
        return statement.Print(target, after) switch
        {
            PrintedStatement.Sql { Text: var sql } => plan(sql),
            PrintedStatement.Refused { Reason: var reason } => DdlPlan.Refuse(reason, s_byHand),
            _ => throw new InvalidOperationException("A statement is printed or refused."),
        };
    }

    private TableName DestinationOf(TableName source) =>
        tables.TryGetValue(source, out var binding) ? binding.Destination : NewAtDestination(source);

    /// <summary>Where the rules put a table that is not followed yet.</summary>
    private TableName NewAtDestination(TableName source) => rules.DestinationOf(source);

    private static TableName Name(QualifiedTable table) => new(table.Database, table.Table);
}
