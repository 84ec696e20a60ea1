using Oms.MySql.Schema;
using Oms.Objects;
using Oms.Schema;

namespace Oms.IncrSync;

/// <summary>Decides what a DDL statement of the source means for a link, by the link's rules and the tables that it follows. Pure.</summary>
internal sealed class DdlPlanner(ObjectRules rules, IReadOnlyDictionary<TableName, TableBinding> tables)
{
    private const string ByHand = "Make the destination's tables fit by hand if need be, then let the link pass over the statement with Skip-OmsDdl.";

    /// <param name="isFailed">The statement ended with an error at the source, perhaps half done.</param>
    /// <param name="existed">Whether the source had a table before the statement.</param>
    public DdlPlan Plan(TableStatement statement, bool isFailed, Func<TableName, bool> existed)
    {
        if (statement.IsTemporary)
            return DdlPlan.Ignore;
        var plan = statement.Action switch
        {
            TableAction.CreateTable => Create(statement, existed),
            TableAction.AlterTable when statement.Renames.Count == 0 => Alter(statement),
            TableAction.AlterTable or TableAction.RenameTables => Rename(statement),
            TableAction.DropTables => Drop(statement),
            TableAction.TruncateTable => Truncate(statement),
            TableAction.ChangeViews => statement.Tables.Select(Name).Any(rules.IsSelected) ? DdlPlan.Refuse("views are not synchronized", ByHand) : DdlPlan.Ignore,
            TableAction.CreateDatabase => tables.Keys.Any(t => t.Database == statement.Database) ? DdlPlan.Refuse("it makes a selected database anew", ByHand) : DdlPlan.Ignore,
            TableAction.AlterDatabase or TableAction.DropDatabase =>
                rules.Databases.Contains(statement.Database) ? DdlPlan.Refuse("it changes or drops a whole database", ByHand) : DdlPlan.Ignore,
            TableAction.Unreadable => Unreadable(statement),
            _ => DdlPlan.Ignore,
        };
        if (isFailed && !plan.IsIgnored)
            return PassedOver(DdlPlan.Refuse("it failed at the source and may be half done there", ByHand), statement, isCertain: false);
        return plan.Refusal is null ? plan : PassedOver(plan, statement, isCertain: statement.Action != TableAction.Unreadable);
    }

    /// <summary>The same for a CREATE TABLE … SELECT, whose rows stand behind it in the log.</summary>
    public DdlPlan PlanWithRows(TableStatement statement) => Plan(statement, isFailed: false, static _ => false).IsIgnored ? DdlPlan.Ignore : PassedOver(
        DdlPlan.Refuse("CREATE TABLE … SELECT is not synchronized", "Make the table and its rows at the destination by hand, then let the link pass over the statement with Skip-OmsDdl; or take the table out of the project's objects."),
        statement, isCertain: true);

    /// <summary>Refuses a statement whose session has a temporary table of the name of one that is followed.</summary>
    public DdlPlan RefuseAmbiguous(TableStatement statement) => PassedOver(DdlPlan.Refuse("its session has a temporary table of this name, and it may mean either", ByHand), statement, isCertain: false);

    /// <summary>
    /// Says what becomes of the link's tables when the user has it pass over a refused statement: what it makes or renames is followed if the destination has it by then, what it drops or renames away is not.
    /// </summary>
    /// <param name="isCertain">False: the statement's effect is not known, and the destination's tables tell which of those that it names are still there.</param>
    private DdlPlan PassedOver(DdlPlan refused, TableStatement statement, bool isCertain)
    {
        var named = statement.Tables.Select(Name).ToList();
        var renamed = Moves(statement).Select(m => m.To);
        var (gone, come) = statement.Action switch
        {
            _ when !isCertain => ([], named.Concat(renamed)),
            TableAction.CreateTable => ([], named),
            TableAction.DropTables => (named, []),
            TableAction.DropDatabase => (tables.Keys.Where(t => t.Database == statement.Database), []),
            TableAction.AlterTable or TableAction.RenameTables => (statement.Renames.Select(r => Name(r.From)), renamed),
            _ => ((IEnumerable<TableName>)[], (IEnumerable<TableName>)[]),
        };
        return refused with { Unfollow = [.. gone.Where(tables.ContainsKey).Distinct()], Follow = [.. come.Where(rules.IsSelected).Distinct().Select(t => new FollowedTable(t, DestinationOf(t)))] };
    }

    private DdlPlan Create(TableStatement statement, Func<TableName, bool> existed)
    {
        var table = Name(statement.Tables[0]);
        if (!rules.IsSelected(table) || (statement.IfNotExists && existed(table)))
            return DdlPlan.Ignore;
        var fault = ObjectName.FaultOfTable(table.Table) is { } nameFault ? $"its name {nameFault}"
            : statement.IsVersioned ? "it is a system-versioned table"
            : statement.Like is null && !statement.HasRowKey ? "it has no primary key and no unique key whose columns are whole and NOT NULL"
            : null;
        if (fault is not null)
            return rules.IsNamed(table) ? DdlPlan.Refuse($"the selected table {table} can't be followed: {fault}", ByHand) : new DdlPlan { LeftOut = [new LeftOutObject(table, fault)] };
        if (IsShared(table))
            return Shared(table);
        var destination = DestinationOf(table);
        return new DdlPlan { Steps = [new DdlStep(DdlStepKind.Create, Rewrite(statement), [destination])], Follow = [new FollowedTable(table, destination)] };
    }

    private DdlPlan Alter(TableStatement statement)
    {
        var table = Name(statement.Tables[0]);
        if (!tables.ContainsKey(table))
            return DdlPlan.Ignore;
        return Obstacle(statement, table) ?? new DdlPlan
        {
            Steps = [new DdlStep(DdlStepKind.Alter, Rewrite(statement), [DestinationOf(table)])], Follow = [new FollowedTable(table, DestinationOf(table))],
        };
    }

    private DdlPlan? Obstacle(TableStatement statement, TableName table)
    {
        if (IsShared(table))
            return Shared(table);
        if (statement.MovesRows is { } clause)
            return DdlPlan.Refuse($"{clause} is not synchronized", ByHand);
        if (statement.IsVersioned)
            return DdlPlan.Refuse("system versioning is not synchronized", ByHand);
        return statement.ConvertsTo is { } set && tables[table].Columns.FirstOrDefault(c => LosesCharacters(c.CharacterSet, set)) is { } column
            ? DdlPlan.Refuse($"characters of column {column.Name} ({column.CharacterSet}) may be lost in {set}", ByHand)
            : null;
    }

    private static bool LosesCharacters(string? from, string to) =>
        from is not (null or "binary" or "ascii") && from != to && to is not ("utf8mb4" or "utf16" or "utf16le" or "utf32") && !(from is "utf8" or "utf8mb3" && to is "utf8" or "utf8mb3");

    private DdlPlan Truncate(TableStatement statement)
    {
        var table = Name(statement.Tables[0]);
        if (!tables.ContainsKey(table))
            return DdlPlan.Ignore;
        return IsShared(table) ? Shared(table) : new DdlPlan
        {
            Steps = [new DdlStep(DdlStepKind.Truncate, Rewrite(statement), [DestinationOf(table)])], Follow = [new FollowedTable(table, DestinationOf(table))],
        };
    }

    private DdlPlan Drop(TableStatement statement)
    {
        var dropped = statement.Tables.Select(Name).Where(tables.ContainsKey).Distinct().ToList();
        if (dropped.Find(IsShared) is { Table: not null } shared)
            return Shared(shared);
        return new DdlPlan { Steps = [.. dropped.Select(t => new DdlStep(DdlStepKind.Drop, $"DROP TABLE IF EXISTS {DestinationOf(t).Sql}", [DestinationOf(t)]))], Unfollow = dropped };
    }

    private DdlPlan Rename(TableStatement statement)
    {
        var moves = Moves(statement);
        if (!moves.Exists(m => tables.ContainsKey(m.From) || tables.ContainsKey(m.To)))
        {
            return moves.Find(m => rules.IsSelected(m.To) && !rules.IsSelected(m.From)) is { To.Table: not null } intruder ? BroughtIn(intruder.From, intruder.To) : DdlPlan.Ignore;
        }
        if (moves.Find(m => !tables.ContainsKey(m.From) && rules.IsSelected(m.To)) is { To.Table: not null } unknown)
            return BroughtIn(unknown.From, unknown.To);
        foreach (var (from, to) in moves)
        {
            if (tables.ContainsKey(from) && !rules.IsSelected(to))
                return DdlPlan.Refuse($"{from} is selected and its new name {to} is not", $"Select both names or none; or rename or drop the destination's table by hand, then pass over the statement with Skip-OmsDdl.");
            if (tables.ContainsKey(from) && ObjectName.FaultOfTable(to.Table) is { } fault)
                return DdlPlan.Refuse($"the new name of {from}, {to}, {fault}", ByHand);
            if (tables.ContainsKey(from) && (IsShared(from) || IsShared(to)))
                return Shared(from);
        }
        var followed = moves.Where(m => tables.ContainsKey(m.From)).ToList();
        if (statement.Action == TableAction.AlterTable && Obstacle(statement, followed[0].From) is { } obstacle)
            return obstacle;
        return new DdlPlan
        {
            Steps = [statement.Action == TableAction.AlterTable ? AlterAndRename(statement) : RenameStep(statement)],
            Unfollow = [.. followed.Select(m => m.From)],
            Follow = [.. followed.Select(m => new FollowedTable(m.To, NewAtDestination(m.To)))],
        };
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
        return new DdlStep(DdlStepKind.Rename, "RENAME TABLE " + string.Join(", ", renames.Select(r => $"{r.From.Sql} TO {r.To.Sql}")), [.. renames.SelectMany(r => new[] { r.From, r.To }).Distinct()]) { Renames = renames };
    }

    private DdlStep AlterAndRename(TableStatement statement)
    {
        var (from, to) = (DestinationOf(Name(statement.Renames[0].From)), NewAtDestination(Name(statement.Renames[0].To)));
        return new DdlStep(DdlStepKind.Alter, Rewrite(statement), [from, to]) { Renames = [new DestinationRename(from, to)] };
    }

    private DdlPlan Unreadable(TableStatement statement) =>
        statement.Tables.Select(Name).FirstOrDefault(t => tables.ContainsKey(t) || rules.IsSelected(t)) is { Table: not null } || tables.Keys.Any(t => statement.MayMean(new QualifiedTable(t.Database, t.Table)))
            ? DdlPlan.Refuse($"it is not understood: {statement.Reason}", ByHand)
            : DdlPlan.Ignore;

    private static DdlPlan BroughtIn(TableName from, TableName to) => DdlPlan.Refuse(
        $"it gives the selected name {to} to {from}, whose rows were never carried",
        $"Give the destination's {to} the structure and the rows that the source's has behind this statement (behind an online schema change the rows are the same: only the structure differs), then pass over the statement with Skip-OmsDdl.");

    private static DdlPlan Shared(TableName table) => DdlPlan.Refuse($"the destination's table of {table} takes the rows of other tables too", ByHand);

    private bool IsShared(TableName table) => tables.TryGetValue(table, out var binding) && tables.Values.Count(b => b.Destination == binding.Destination) > 1;

    private string Rewrite(TableStatement statement) => statement.Rewrite(t => DestinationOf(Name(t)) is var there ? new QualifiedTable(there.Database, there.Table) : t);

    private TableName DestinationOf(TableName source) => tables.TryGetValue(source, out var binding) ? binding.Destination : NewAtDestination(source);

    /// <summary>Where the rules put a table that is not followed yet.</summary>
    private TableName NewAtDestination(TableName source) => rules.DestinationOf(source);

    private static TableName Name(QualifiedTable table) => new(table.Database, table.Table);
}
