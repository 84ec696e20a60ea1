using Oms.Changes;
using Oms.Conflicts;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Applying;

/// <summary>
/// Applies changes one by one inside an open transaction and lets the server decide which row a key names, so that collations and clashes
/// of other unique keys are settled as the server sees them.
/// </summary>
internal sealed class CarefulApplier(RowSession connection, TxnMark mark, ConflictWinner winner, long firstSequence)
{
    private readonly SqlText _sql = new();

    public List<FoundConflict> Conflicts { get; } = [];

    public List<(TableBinding Table, byte[] Key)> Reconcile { get; } = [];

    /// <param name="changes">Which of the batch's changes.</param>
    public async Task ApplyAsync(ChangeBatch batch, IEnumerable<RowChange> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes)
        {
            var before = batch.Row(change.Before).ToArray();
            var after = batch.Row(change.After).ToArray();
            var sequence = firstSequence + change.Transaction;
            if (batch.Idempotent)
            {
                await ReplayAsync(change.Table, change.Kind, before, after, sequence, cancellationToken);
            }
            else if (change.Kind == RowsKind.Update && !await SameKeyAsync(change.Table, before, after, cancellationToken))
            {
                await ApplyAsync(change.Table, RowsKind.Delete, before, [], sequence, cancellationToken);
                await ApplyAsync(change.Table, RowsKind.Insert, [], after, sequence, cancellationToken);
            }
            else
            {
                await ApplyAsync(change.Table, change.Kind, before, after, sequence, cancellationToken);
            }
        }
    }

    /// <summary>Replays a change over a full migration: the row becomes the source's, whatever is there, but for a row that the source has
    /// beside it.</summary>
    private async Task ReplayAsync(
        TableBinding table,
        RowsKind kind,
        byte[] before,
        byte[] after,
        long sequence,
        CancellationToken cancellationToken
    )
    {
        var mayClash = winner.IsOneWay && table.MayClash;
        if (kind != RowsKind.Insert && !(mayClash && await ReadOtherAsync(table, before, cancellationToken) is not null))
            await DeleteAsync(table, table.KeyOf(before), cancellationToken);
        if (kind == RowsKind.Delete)
            return;
        var key = table.KeyOf(after);
        if (mayClash)
        {
            if (
                await ReadOtherAsync(table, after, cancellationToken) is { } sameKey
                && !Decide(table, key, ConflictKind.UniqueKey, sequence, kind, before, after, sameKey)
            )
                return;
            foreach (var unique in table.UniqueKeys)
            {
                if (
                    AddUniqueCondition(table, unique, after, key, out var condition)
                    && await ReadAsync(table, condition, cancellationToken) is { } occupant
                    && table.MayHoldBoth(unique, occupant, after)
                    && !Decide(table, key, ConflictKind.UniqueKey, sequence, kind, before, after, occupant)
                )
                    return;
            }
        }
        await WriteAsync(table, "REPLACE INTO", after, cancellationToken);
    }

    /// <summary>The row that the destination finds by a row's key, where it is another one.</summary>
    private async Task<byte[]?> ReadOtherAsync(TableBinding table, byte[] row, CancellationToken cancellationToken) =>
        await ReadAsync(table, sql => sql.AddKeyCondition(table, table.KeyOf(row)), cancellationToken) is { } found
        && !table.AreEqual(found, row, table.Identity)
            ? found
            : null;

    private async Task ApplyAsync(
        TableBinding table,
        RowsKind kind,
        byte[] before,
        byte[] after,
        long sequence,
        CancellationToken cancellationToken
    )
    {
        var key = table.KeyOf(kind == RowsKind.Insert ? after : before);
        var current = await ReadAsync(table, sql => sql.AddKeyCondition(table, key), cancellationToken);
        var judgement = ConflictRules.Judge(table, kind, before, after, current is not null, current, out var conflict);
        if (judgement == Judgement.AlreadyThere)
        {
            Reconcile.Add((table, key));
            return;
        }
        if (judgement == Judgement.Uncertain)
            Reconcile.Add((table, key));
        if (judgement == Judgement.Conflict && !Decide(table, key, conflict, sequence, kind, before, after, current))
            return;
        if (kind == RowsKind.Delete)
        {
            await DeleteAsync(table, key, cancellationToken);
            return;
        }
        var recorded = Conflicts.Count;
        if (!await MakeRoomAsync(table, key, kind, before, after, sequence, cancellationToken))
        {
            // The row does not come after all, whatever was decided against the row of its own key.
            if (judgement == Judgement.Conflict)
                Conflicts[recorded - 1] = Conflicts[recorded - 1] with { SourceWins = false };
            return;
        }
        if (current is null)
            await WriteAsync(table, "INSERT INTO", after, cancellationToken);
        else
            await UpdateAsync(table, key, after, cancellationToken);
    }

    /// <summary>Settles with each row that holds a unique value of the new row under another key. False: such a row stays, and the new one
    /// does not come.</summary>
    private async Task<bool> MakeRoomAsync(
        TableBinding table,
        byte[] key,
        RowsKind kind,
        byte[] before,
        byte[] after,
        long sequence,
        CancellationToken cancellationToken
    )
    {
        var occupants = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        foreach (var unique in table.UniqueKeys)
        {
            if (
                AddUniqueCondition(table, unique, after, key, out var condition)
                && await ReadAsync(table, condition, cancellationToken) is { } occupant
            )
                occupants[table.KeyOf(occupant)] = occupant;
        }
        // All of them are heard before one goes: a row that can't come must not cost another one its place.
        var comes = true;
        foreach (var (occupantKey, occupant) in occupants)
        {
            Reconcile.Add((table, occupantKey));
            comes &= Decide(table, key, ConflictKind.UniqueKey, sequence, kind, before, after, occupant);
        }
        if (!comes)
            return false;
        foreach (var occupantKey in occupants.Keys)
            await DeleteAsync(table, occupantKey, cancellationToken);
        return true;
    }

    private static bool AddUniqueCondition(TableBinding table, int[] unique, byte[] row, byte[] key, out Action<SqlText> condition)
    {
        var fields = new FieldSlice[table.Columns.Count];
        FieldSlice.Split(row, fields);
        condition = sql =>
        {
            foreach (var ordinal in unique)
                sql.Add(TableName.Quote(table.Columns[ordinal].Name))
                    .Add(" = ")
                    .Add(table.Columns[ordinal], fields[ordinal], row)
                    .Add(" AND ");
            sql.Add("NOT (").AddKeyCondition(table, key).Add(")");
        };
        // NULLs never clash.
        return !unique.Any(o => fields[o].IsNull);
    }

    private bool Decide(
        TableBinding table,
        byte[] key,
        ConflictKind conflict,
        long sequence,
        RowsKind kind,
        byte[] before,
        byte[] after,
        byte[]? current
    )
    {
        var found = winner.Decide(
            new FoundConflict(
                table,
                key,
                conflict,
                sequence,
                kind == RowsKind.Insert ? null : before,
                kind == RowsKind.Delete ? null : after,
                current,
                winner.Policy
            ),
            mark.Link
        );
        Conflicts.Add(found);
        Reconcile.Add((table, key));
        return found.SourceWins;
    }

    private async Task<bool> SameKeyAsync(TableBinding table, byte[] before, byte[] after, CancellationToken cancellationToken)
    {
        var (old, @new) = (table.KeyOf(before), table.KeyOf(after));
        if (old.AsSpan().SequenceEqual(@new))
            return true;
        // Keys that differ in bytes may be one key by collation.
        _sql.Clear();
        _sql.Begin($"SELECT COUNT(*) FROM {table.Destination.Sql} WHERE (")
            .AddKeyCondition(table, old)
            .Add(") AND (")
            .AddKeyCondition(table, @new)
            .Add(")");
        var result = await _sql.RunAsync(connection, cancellationToken);
        TextRow.TryGet(result[0].Rows[0].Span, 0, out var count);
        return !count.SequenceEqual("0"u8);
    }

    private async Task<byte[]?> ReadAsync(TableBinding table, Action<SqlText> condition, CancellationToken cancellationToken)
    {
        _sql.Clear();
        _sql.Begin($"SELECT {table.SelectList} FROM {table.Destination.Sql} WHERE ");
        condition(_sql);
        _sql.Add(" LIMIT 1 FOR UPDATE");
        var result = await _sql.RunAsync(connection, cancellationToken);
        return result[0].Rows.Count > 0 ? result[0].Rows[0].ToArray() : null;
    }

    private async Task DeleteAsync(TableBinding table, byte[] key, CancellationToken cancellationToken)
    {
        _sql.Clear();
        _sql.Begin($"DELETE FROM {table.Destination.Sql} WHERE ").AddKeyCondition(table, key);
        await _sql.RunAsync(connection, cancellationToken);
    }

    private Task WriteAsync(TableBinding table, string verb, byte[] row, CancellationToken cancellationToken) =>
        RunAsync(
            table,
            row,
            sql => sql.Begin($"{verb} {table.Destination.Sql} ({table.ColumnList}) VALUES ").AddRow(table, row),
            cancellationToken
        );

    // In place: where foreign keys are checked, others may refer to the row.
    private Task UpdateAsync(TableBinding table, byte[] key, byte[] row, CancellationToken cancellationToken) =>
        RunAsync(
            table,
            row,
            sql => sql.Begin($"UPDATE {table.Destination.Sql} SET ").AddAssignments(table, row).Add(" WHERE ").AddKeyCondition(table, key),
            cancellationToken
        );

    private async Task RunAsync(TableBinding table, byte[] row, Action<SqlText> write, CancellationToken cancellationToken)
    {
        try
        {
            await RunUncheckedAsync(table, row, write, cancellationToken);
        }
        catch (MySqlException e) when (CheckViolation.IsIn(e))
        {
            throw CheckViolation.Error(table.Pair.Source.Name, table.Destination, table.ToJson(row, table.Key), e);
        }
    }

    private async Task RunUncheckedAsync(TableBinding table, byte[] row, Action<SqlText> write, CancellationToken cancellationToken)
    {
        _sql.Clear();
        if (!EnumZero.IsIn(table, row))
        {
            write(_sql);
            await _sql.RunAsync(connection, cancellationToken);
            return;
        }
        EnumZero.BeginLenient(_sql);
        write(_sql);
        var warnings = EnumZero.AddWarnings(_sql);
        EnumZero.EndLenient(_sql);
        EnumZero.Check((await _sql.RunAsync(connection, cancellationToken))[warnings].Rows);
    }
}
