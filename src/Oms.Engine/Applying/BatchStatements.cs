using Oms.Rows;
using Oms.Servers;

namespace Oms.Applying;

/// <summary>The statements that read and write the keys of a batch at the destination. Pure.</summary>
internal static class BatchStatements
{
    private const int KeysPerStatement = 500;
    private const int RowsPerStatement = 1000;
    private const int BytesPerStatement = 1 << 20;

    /// <summary>Adds the locking reads of the keys.</summary>
    /// <param name="optimistic">Without those that should be new.</param>
    /// <param name="putOff">Which keys.</param>
    /// <returns>The table of each statement.</returns>
    public static List<TableBinding> AddReads(SqlText sql, NetEffect effect, bool optimistic, bool putOff)
    {
        var reads = new List<TableBinding>();
        foreach (var (table, keys) in effect.Tables)
        {
            foreach (
                var chunk in keys
                    .Values.Where(k => k.IsPutOff == putOff && (!optimistic || !k.BeginsWithInsert))
                    .Select(k => k.Key)
                    .Chunk(KeysPerStatement)
            )
            {
                sql.Begin(
                        $"SELECT {table.SelectList} FROM {table.Destination.Sql} FORCE INDEX ({TableName.Quote(table.RowKeyName)}) WHERE "
                    )
                    .AddKeysCondition(table, chunk)
                    .Add(" FOR UPDATE");
                reads.Add(table);
            }
        }
        return reads;
    }

    /// <summary>Adds what makes the keys' rows what they are to be: those that go first, and with them those that make room for
    /// others.</summary>
    /// <param name="idempotent">Whatever the destination has.</param>
    /// <param name="putOff">Which keys.</param>
    /// <returns>Those of the statements that ask for warnings (<see cref="EnumZero"/>), by their places.</returns>
    public static List<int> AddWrites(SqlText sql, NetEffect effect, bool idempotent, bool putOff)
    {
        var checks = new List<int>();
        foreach (var table in effect.ReferencedFirst().Reverse())
            AddDeletes(sql, table, effect.Tables[table].Values.Where(k => k.IsPutOff == putOff), idempotent);
        foreach (var table in effect.ReferencedFirst())
            AddRows(sql, table, effect.Tables[table].Values.Where(k => k.IsPutOff == putOff), idempotent, checks);
        return checks;
    }

    /// <summary>A row whose unique values change goes before others come: a value may move from one row to another.</summary>
    private static bool IsReplaced(KeyState key) =>
        key.Current is { } current
        && key.Result is { } result
        && key.Table.UniqueKeys.Any(u => !key.Table.AreEqual(current.Span, result.Span, u));

    private static bool Changes(KeyState key) =>
        !(key.Current is null && key.Result is null)
        && !(key.Current is { } current && key.Result is { } result && current.Span.SequenceEqual(result.Span));

    private static void AddDeletes(SqlText sql, TableBinding table, IEnumerable<KeyState> keys, bool idempotent)
    {
        var gone = keys.Where(k => k.Result is null ? idempotent || k.Current is not null : !idempotent && IsReplaced(k))
            .Select(k => k.Key);
        foreach (var chunk in gone.Chunk(KeysPerStatement))
            sql.Begin($"DELETE FROM {table.Destination.Sql} WHERE ").AddKeysCondition(table, chunk);
    }

    private static void AddRows(SqlText sql, TableBinding table, IEnumerable<KeyState> keys, bool idempotent, List<int> checks)
    {
        var present = keys.Where(k => k.Result is not null && (idempotent || Changes(k))).ToList();
        if (idempotent)
        {
            AddMultiRow(sql, table, "REPLACE INTO", "", present, checks);
            return;
        }
        AddMultiRow(sql, table, "INSERT INTO", "", present.Where(k => k.Current is null || IsReplaced(k)), checks);
        // Found and locked, with its unique values unchanged: the row that collides is the very row.
        if (table.UpdateList.Length > 0)
            AddMultiRow(
                sql,
                table,
                "INSERT INTO",
                " ON DUPLICATE KEY UPDATE " + table.UpdateList,
                present.Where(k => k.Current is not null && !IsReplaced(k)),
                checks
            );
    }

    private static void AddMultiRow(
        SqlText sql,
        TableBinding table,
        string verb,
        string suffix,
        IEnumerable<KeyState> keys,
        List<int> checks
    )
    {
        var rows = 0;
        var start = 0;
        foreach (var group in keys.GroupBy(k => EnumZero.IsIn(table, k.Result!.Value.Span)))
        {
            rows = 0;
            if (group.Key)
                EnumZero.BeginLenient(sql);
            foreach (var key in group)
            {
                if (rows > 0 && (rows == RowsPerStatement || sql.Length - start > BytesPerStatement))
                {
                    EndRows(sql, suffix, group.Key, checks);
                    rows = 0;
                }
                if (rows++ == 0)
                {
                    start = sql.Length;
                    sql.Begin($"{verb} {table.Destination.Sql} ({table.ColumnList}) VALUES ");
                }
                else
                {
                    sql.Add(",\n");
                }
                sql.AddRow(table, key.Result!.Value.Span);
            }
            EndRows(sql, suffix, group.Key, checks);
            if (group.Key)
                EnumZero.EndLenient(sql);
        }
    }

    private static void EndRows(SqlText sql, string suffix, bool lenient, List<int> checks)
    {
        sql.Add(suffix);
        if (lenient)
            checks.Add(EnumZero.AddWarnings(sql));
    }
}
