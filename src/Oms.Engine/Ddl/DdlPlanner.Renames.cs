using Oms.Hosting;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Precheck;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

// Tables that get other names.
internal sealed partial class DdlPlanner
{
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

    private static DdlPlan BroughtIn(TableName from, TableName to) =>
        DdlPlan.Refuse(
            $"it gives the selected name {to} to {from}, whose rows were never carried",
            $"Give the destination's {to} the structure and the rows that the source's has behind this statement (behind an online schema change the rows are the same: only the structure differs), then pass over the statement with {HostCommand.SkipDdl}."
        );
}
