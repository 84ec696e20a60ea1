using Oms.Hosting;
using Oms.MySql.Schema;
using Oms.Objects;
using Oms.Precheck;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

/// <summary>What else counts for a link's DDL.</summary>
internal sealed record DdlTerms
{
    /// <summary>The destination's tables are written to as well.</summary>
    public bool IsActiveActive { get; init; }

    /// <summary>The source's log has the rows that cascades change.</summary>
    public bool LogsCascades { get; init; }

    public bool IsOceanBase { get; init; }

    /// <summary>What becomes of statements that the link does not synchronize and that take rows or tables away.</summary>
    public UnsynchronizedDdl Unsynchronized { get; init; }

    /// <summary>Views are made at the destination; otherwise their statements are listed.</summary>
    public bool SyncViews { get; init; }

    /// <summary>The destination.</summary>
    public required ServerCatalogue Server { get; init; }
}

/// <summary>Decides what a DDL statement of the source means for a link, by the link's rules and the tables that it follows.
/// Pure.</summary>
internal sealed class DdlPlanner(ObjectRules rules, IReadOnlyDictionary<TableName, TableBinding> tables, DdlTerms terms)
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
        const string reason = "it came after the link began, and DDL is not synchronized";
        if (statement.Action == TableAction.ChangeViews)
            return Views(statement);
        if (statement.Action == TableAction.Unreadable)
        {
            return Named(statement).Any(tables.ContainsKey) || MayMeanFollowed(statement)
                ? PassedOver(NotUnderstood(statement), statement, isCertain: false)
                : new DdlPlan
                {
                    LeftOut =
                    [
                        .. Named(statement).Where(t => rules.IsSelected(t) && !existed(t)).Select(t => new LeftOutObject(t, reason)),
                    ],
                };
        }
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
            return new DdlPlan { LeftOut = [new LeftOutObject(created, reason)] };
        var moves = Moves(statement);
        if (moves.Find(m => tables.ContainsKey(m.From)) is { From.Table: not null } renamed)
        {
            return PassedOver(
                DdlPlan.Refuse(
                    $"it gives {renamed.From} the name {renamed.To}, and DDL is not synchronized",
                    $"Rename the destination's tables alike by hand, then let the link pass over the statement with {HostCommand.SkipDdl}."
                ),
                statement,
                isCertain: true
            );
        }
        return new DdlPlan
        {
            LeftOut =
            [
                .. moves.Where(m => rules.IsSelected(m.To) && !tables.ContainsKey(m.To)).Select(m => new LeftOutObject(m.To, reason)),
            ],
        };
    }

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

    private DdlPlan Create(TableStatement statement, Func<TableName, bool> existed, Func<TableName, TableDefinition?> after)
    {
        var table = Name(statement.Tables[0]);
        if (!rules.IsSelected(table) || (statement.IfNotExists && existed(table)))
            return DdlPlan.Ignore;
        var fault =
            ObjectName.FaultOfTable(table.Table) is { } nameFault ? $"its name {nameFault}"
            : statement.IsVersioned ? "it is a system-versioned table"
            : statement.Like is null && statement.RowKeys.Count == 0
                ? "it has no primary key and no unique key whose columns are whole and NOT NULL"
            : null;
        if (fault is not null)
            return rules.IsNamed(table)
                ? DdlPlan.Refuse($"the selected table {table} can't be followed: {fault}", s_byHand)
                : new DdlPlan { LeftOut = [new LeftOutObject(table, fault)] };
        if (IsShared(table))
            return Shared(table);
        if (statement.Like is { } like && !tables.ContainsKey(Name(like)))
        {
            return DdlPlan.Refuse(
                $"it makes {table} like {Name(like)}, which the link does not carry: what the destination has of that name, if anything, may be another table",
                $"Make {DestinationOf(table)} at the destination by hand, as SHOW CREATE TABLE {table} says at the source (without what later statements there have changed), then let the link pass over the statement with {HostCommand.SkipDdl}: the table is followed from there."
            );
        }
        var definition = after(table);
        if (Unfitness(statement, table, definition) is { } unfit)
            return unfit;
        var destination = DestinationOf(table);
        return Printed(
            statement,
            definition,
            sql => new DdlPlan
            {
                Steps = [new DdlStep(DdlStepKind.Create, sql, [destination])],
                Follow = [new FollowedTable(table, destination)],
            }
        );
    }

    private DdlPlan Alter(TableStatement statement, Func<TableName, TableDefinition?> after)
    {
        var table = Name(statement.Tables[0]);
        if (!tables.ContainsKey(table))
            return DdlPlan.Ignore;
        // Nothing of it is to be seen in the table or its rows.
        if (statement.Partitioning?.Action == PartitionAction.Maintain)
            return DdlPlan.Ignore;
        return Obstacle(statement, table, after(table))
            ?? Printed(
                statement,
                after(table),
                sql => new DdlPlan
                {
                    Steps = [new DdlStep(DdlStepKind.Alter, sql, [DestinationOf(table)]) { NumbersRows = statement.NumbersRows }],
                    Follow = [new FollowedTable(table, DestinationOf(table))],
                    LostPartitions = statement.Partitioning
                        is { Action: PartitionAction.Drop or PartitionAction.Truncate, Partitions: { Count: > 0 } names }
                        ? new LostPartitions(new FollowedTable(table, DestinationOf(table)), names)
                        : null,
                }
            );
    }

    private DdlPlan? Obstacle(TableStatement statement, TableName table, TableDefinition? after)
    {
        if (IsShared(table))
            return Shared(table);
        var losesPartition = statement.Partitioning?.Action is PartitionAction.Drop or PartitionAction.Truncate;
        if (statement.MovesRows is { } clause && !KeepsRows(statement) && !losesPartition)
            return DdlPlan.Refuse($"{clause} is not synchronized", s_byHand);
        if (losesPartition && terms.IsActiveActive)
            return DdlPlan.Refuse(
                $"{statement.MovesRows} would take away what the other region has written to the partition and has not sent yet",
                $"Stop writes in the other region and wait until both links are synchronized; then run the same statement at the destination by hand and let the link pass over it with {HostCommand.SkipDdl}."
            );
        if (statement.IsVersioned)
            return DdlPlan.Refuse(
                "system versioning is not synchronized: rows in the log have columns that the table does not show",
                $"Let the link pass over the statement with {HostCommand.SkipDdl}: it carries the table no longer, and lists it. A project of its own carries it again once its versioning is dropped."
            );
        if (statement.VaryingDefault is { } varying)
            return DdlPlan.Refuse(
                $"the default of a column that it adds ({varying}) would give the rows other values at the destination",
                $"Add the column at the destination by hand, copy its values, and let the link pass over the statement with {HostCommand.SkipDdl}; or, next time, add it without a default and fill it by an UPDATE."
            );
        if (Unfitness(statement, table, after) is { } unfit)
            return unfit;
        return
            statement.ConvertsTo is { } set && tables[table].Columns.FirstOrDefault(c => LosesCharacters(c.CharacterSet, set)) is { } column
            ? DdlPlan.Refuse($"characters of column {column.Name} ({column.CharacterSet}) may be lost in {set}", s_byHand)
            : null;
    }

    /// <summary>What the prechecks would say of the table that the statement makes, as far as it tells.</summary>
    private DdlPlan? Unfitness(TableStatement statement, TableName table, TableDefinition? after)
    {
        var thenSkip =
            $"then let the link pass over the statement with {HostCommand.SkipDdl}; or take the table out of the project's objects.";
        if (statement.Cascade is { } cascade && !terms.LogsCascades)
            return DdlPlan.Refuse(
                $"the source does not log the rows that a foreign key of {table} with {cascade} changes",
                $"Use RESTRICT and let the application change them: make the foreign key anew so at the source, and the table at the destination by hand, {thenSkip}"
            );
        if (statement.StorageEngine is { } engine && !TableLimits.IsTransactional(engine, terms.IsOceanBase))
            return DdlPlan.Refuse(
                $"the storage engine {engine} of {table} is not transactional",
                $"ALTER TABLE … ENGINE = InnoDB at the source, make the destination's table so by hand, {thenSkip}"
            );
        var key = after?.PrimaryKey is { Count: > 0 } primary ? primary : statement.RowKeys.SelectMany(k => k);
        return
            key.Select(name => after?.Columns.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
                .FirstOrDefault(c => c is not null && TableLimits.CannotNameARow(c))
                is { } column
            ? DdlPlan.Refuse(
                $"the key of {table} has {column.Name} {column.ColumnType}, which can't name a row",
                $"Use another type in the key, DECIMAL for numbers, at the source, make the destination's table so by hand, {thenSkip}"
            )
            : null;
    }

    private static bool LosesCharacters(string? from, string to) =>
        from is not (null or "binary" or "ascii")
        && from != to
        && to is not ("utf8mb4" or "utf16" or "utf16le" or "utf32")
        && !(from is "utf8" or "utf8mb3" && to is "utf8" or "utf8mb3");

    private DdlPlan Truncate(TableStatement statement)
    {
        var table = Name(statement.Tables[0]);
        if (!tables.ContainsKey(table))
            return DdlPlan.Ignore;
        return IsShared(table)
            ? Shared(table)
            : Printed(
                statement,
                null,
                sql => new DdlPlan
                {
                    Steps = [new DdlStep(DdlStepKind.Truncate, sql, [DestinationOf(table)])],
                    Follow = [new FollowedTable(table, DestinationOf(table))],
                }
            );
    }

    private DdlPlan Drop(TableStatement statement)
    {
        var dropped = statement.Tables.Select(Name).Where(tables.ContainsKey).Distinct().ToList();
        if (dropped.Find(IsShared) is { Table: not null } shared)
            return Shared(shared);
        return new DdlPlan
        {
            Steps =
            [
                .. dropped.Select(t => new DdlStep(DdlStepKind.Drop, $"DROP TABLE IF EXISTS {DestinationOf(t).Sql}", [DestinationOf(t)])),
            ],
            Unfollow = dropped,
        };
    }

    private DdlPlan Rename(TableStatement statement, Func<TableName, TableDefinition?> after)
    {
        var moves = Moves(statement);
        if (!moves.Exists(m => tables.ContainsKey(m.From) || tables.ContainsKey(m.To)))
        {
            return moves.Find(m => rules.IsSelected(m.To) && !rules.IsSelected(m.From)) is { To.Table: not null } intruder
                ? BroughtIn(intruder.From, intruder.To)
                : DdlPlan.Ignore;
        }
        if (moves.Find(m => !tables.ContainsKey(m.From) && rules.IsSelected(m.To)) is { To.Table: not null } unknown)
            return BroughtIn(unknown.From, unknown.To);
        foreach (var (from, to) in moves)
        {
            if (tables.ContainsKey(from) && !rules.IsSelected(to))
                return DdlPlan.Refuse(
                    $"{from} is selected and its new name {to} is not",
                    $"Select both names or none; or rename or drop the destination's table by hand, then pass over the statement with {HostCommand.SkipDdl}."
                );
            if (tables.ContainsKey(from) && ObjectName.FaultOfTable(to.Table) is { } fault)
                return DdlPlan.Refuse($"the new name of {from}, {to}, {fault}", s_byHand);
            if (tables.ContainsKey(from) && tables.ContainsKey(to) && terms.IsActiveActive)
                return DdlPlan.Refuse(
                    $"it puts {from} in the place of {to}: what the other region has written to {to} and has not sent yet would be lost",
                    $"Stop writes in the other region and wait until both links are synchronized; then do the same renaming by hand at the destination and let the link pass over the statement with {HostCommand.SkipDdl}."
                );
            if (tables.ContainsKey(from) && rules.Filters.Of(from) != rules.Filters.Of(to))
                return DdlPlan.Refuse($"{from} and its new name {to} have different row filters", s_byHand);
            if (tables.ContainsKey(from) && (IsShared(from) || IsShared(to)))
                return Shared(from);
        }
        var followed = moves.Where(m => tables.ContainsKey(m.From)).ToList();
        if (statement.Action == TableAction.AlterTable && Obstacle(statement, followed[0].From, after(followed[0].To)) is { } obstacle)
            return obstacle;
        DdlPlan Plan(DdlStep step) =>
            new()
            {
                Steps = [step],
                Unfollow = [.. followed.Select(m => m.From)],
                Follow = [.. followed.Select(m => new FollowedTable(m.To, NewAtDestination(m.To)))],
            };
        return statement.Action == TableAction.AlterTable
            ? Printed(statement, after(followed[0].To), sql => Plan(AlterAndRename(statement, sql)))
            : Plan(RenameStep(statement));
    }

    /// <summary>Where each renamed table ends: names may be passed on within a statement (a TO x, b TO a, x TO b).</summary>
    private static List<(TableName From, TableName To)> Moves(TableStatement statement)
    {
        var origins = new Dictionary<TableName, TableName>();
        foreach (var (from, to) in statement.Renames.Select(r => (Name(r.From), Name(r.To))))
        {
            origins.Remove(from, out var origin);
            origins[to] = origin == default ? from : origin;
        }
        return [.. origins.Select(o => (o.Value, o.Key))];
    }

    private DdlStep RenameStep(TableStatement statement)
    {
        // Under which name at the destination each followed table stands, from pair to pair.
        var there = new Dictionary<TableName, TableName>();
        var renames = new List<DestinationRename>();
        foreach (var (from, to) in statement.Renames.Select(r => (Name(r.From), Name(r.To))))
        {
            if (!there.Remove(from, out var current))
            {
                if (!tables.ContainsKey(from))
                    continue;
                current = DestinationOf(from);
            }
            // A name between two others need not be selected.
            there[to] = rules.IsSelected(to) ? NewAtDestination(to) : new TableName(current.Database, to.Table);
            renames.Add(new DestinationRename(current, there[to]));
        }
        return new DdlStep(
            DdlStepKind.Rename,
            "RENAME TABLE " + string.Join(", ", renames.Select(r => $"{r.From.Sql} TO {r.To.Sql}")),
            [.. renames.SelectMany(r => new[] { r.From, r.To }).Distinct()]
        )
        {
            Renames = renames,
        };
    }

    private DdlStep AlterAndRename(TableStatement statement, string sql)
    {
        var (from, to) = (DestinationOf(Name(statement.Renames[0].From)), NewAtDestination(Name(statement.Renames[0].To)));
        return new DdlStep(DdlStepKind.Alter, sql, [from, to])
        {
            Renames = [new DestinationRename(from, to)],
            NumbersRows = statement.NumbersRows,
        };
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

    private static DdlPlan BroughtIn(TableName from, TableName to) =>
        DdlPlan.Refuse(
            $"it gives the selected name {to} to {from}, whose rows were never carried",
            $"Give the destination's {to} the structure and the rows that the source's has behind this statement (behind an online schema change the rows are the same: only the structure differs), then pass over the statement with {HostCommand.SkipDdl}."
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
