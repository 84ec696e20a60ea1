using Oms.Hosting;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Precheck;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

// Tables that are made, changed, emptied and dropped.
internal sealed partial class DdlPlanner
{
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
}
