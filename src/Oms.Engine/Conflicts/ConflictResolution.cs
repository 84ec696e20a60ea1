using System.Globalization;
using Oms.Hosting;
using Oms.MySql;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Conflicts;

/// <summary>
/// Applies the losing version of a recorded conflict after all: as a write of a user where the record stands (not marked, so that the links
/// carry it like any other), if the winning version is still there.
/// </summary>
/// <param name="latestColumn">With LatestWins: the column that is set to be later than the winner's.</param>
internal sealed class ConflictResolution(RowSession connection, ConflictRecord record, string? latestColumn)
{
    private readonly SqlText _sql = new();

    /// <param name="who">For the record.</param>
    /// <exception cref="OmsException">ConflictAlreadyResolved, ConflictHasNoLoser, ConflictTableChanged, ConflictRowChanged</exception>
    public async Task ApplyAsync(string who, CancellationToken cancellationToken)
    {
        var (loserJson, winnerJson) = Versions();
        var schema =
            (await SchemaReader.ReadAsync(connection, [new TableName(record.Database, record.Table)], cancellationToken)).SingleOrDefault()
            ?? throw TableChanged();
        var table = new TableBinding(new TablePair(schema, schema));
        var (loser, winner, before) = (Row(table, loserJson), Row(table, winnerJson), Row(table, record.Before));
        await ServerSession.PrepareAsync(connection, SessionPurpose.ApplyChanges, cancellationToken);
        await connection.ExecuteAsync("BEGIN", cancellationToken);
        try
        {
            var keys = new[] { loser, winner }.OfType<byte[]>().Select(r => table.KeyOf(r)).Distinct(ByteArrayComparer.Instance).ToList();
            await RequireUnchangedAsync(table, keys, winner, before, cancellationToken);
            await WriteAsync(table, keys, loser, winner, who, cancellationToken);
            await connection.ExecuteAsync("COMMIT", cancellationToken);
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.DuplicateEntry)
        {
            await connection.ExecuteAsync("ROLLBACK", cancellationToken);
            throw Error(
                "ConflictRowChanged",
                OmsErrorKind.DataConflict,
                $"can't be resolved: another row holds a unique value of the losing version ({e.Message})",
                "Change that row first."
            );
        }
        catch (OmsException)
        {
            await connection.ExecuteAsync("ROLLBACK", cancellationToken);
            throw;
        }
    }

    private (string? Loser, string? Winner) Versions()
    {
        if (record.Resolution == ConflictRecord.ResolvedByUser)
            throw Error(
                "ConflictAlreadyResolved",
                OmsErrorKind.InvalidState,
                $"was resolved already, by {record.ResolvedBy}",
                "Change the row itself if it should be another one."
            );
        var (loser, winner) = record.Resolution == "Kept" ? (record.After, record.Current) : (record.Current, record.After);
        return loser != winner
            ? (loser, winner)
            : throw Error(
                "ConflictHasNoLoser",
                OmsErrorKind.InvalidState,
                "has no losing version: both sides came to the same",
                "Nothing has to be done."
            );
    }

    /// <summary>Locks the rows and sees that the winner's version is still there.</summary>
    private async Task RequireUnchangedAsync(
        TableBinding table,
        List<byte[]> keys,
        byte[]? winner,
        byte[]? before,
        CancellationToken cancellationToken
    )
    {
        var winnerKey = winner is null ? keys[0] : table.KeyOf(winner);
        foreach (var key in keys)
        {
            var found = await ReadAsync(table, key, cancellationToken);
            var isWinners = key.AsSpan().SequenceEqual(winnerKey);
            if (!Same(table, found, isWinners ? winner : null) && (isWinners || !Same(table, found, before)))
                throw Error(
                    "ConflictRowChanged",
                    OmsErrorKind.DataConflict,
                    $"can't be resolved any more: the row {table.ToJson(key, table.Key)} is now {(found is null ? "not there" : table.ToJson(found))}",
                    "Change the row itself if it should be another one."
                );
        }
    }

    private async Task WriteAsync(
        TableBinding table,
        List<byte[]> keys,
        byte[]? loser,
        byte[]? winner,
        string who,
        CancellationToken cancellationToken
    )
    {
        _sql.Clear();
        foreach (var key in keys)
            _sql.Begin($"DELETE FROM {table.Destination.Sql} WHERE ").AddKeyCondition(table, key);
        int? warnings = null;
        if (loser is not null)
        {
            var isLenient = EnumZero.IsIn(table, loser);
            if (isLenient)
                EnumZero.BeginLenient(_sql);
            _sql.Begin($"INSERT INTO {table.Destination.Sql} ({table.ColumnList}) VALUES ").AddRow(table, loser);
            if (isLenient)
            {
                warnings = EnumZero.AddWarnings(_sql);
                EnumZero.EndLenient(_sql);
            }
            if (winner is not null && latestColumn is not null)
                AddLatest(table, loser, winner);
        }
        _sql.Begin(
                $"UPDATE {ConflictLog.Table} SET resolution = '{ConflictRecord.ResolvedByUser}', resolved = UTC_TIMESTAMP(6), resolved_by = {SqlLiteral.Quote(who)} "
            )
            .Add($"WHERE id = {record.Id.ToString(CultureInfo.InvariantCulture)} AND resolution = {SqlLiteral.Quote(record.Resolution)}");
        var results = await _sql.RunAsync(connection, cancellationToken);
        if (warnings is { } index)
            EnumZero.Check(results[index].Rows);
        if (results[^1].AffectedRows != 1)
            throw Error(
                "ConflictAlreadyResolved",
                OmsErrorKind.InvalidState,
                "was resolved by somebody else just now",
                $"Look at it with {HostCommand.ShowConflicts}."
            );
    }

    /// <summary>Makes the loser's version the latest one: one step of the column's type after the winner's.</summary>
    private void AddLatest(TableBinding table, byte[] loser, byte[] winner)
    {
        var order = new LatestOrder(table, latestColumn!);
        if (order.Compare(loser, winner) > 0)
            return;
        var column = table.Columns[order.Latest];
        var fields = new FieldSlice[table.Columns.Count];
        FieldSlice.Split(winner, fields);
        _sql.Begin($"UPDATE {table.Destination.Sql} SET {TableName.Quote(column.Name)} = ")
            .Add(column, fields[order.Latest], winner)
            .Add($" + {Step(column)} WHERE ")
            .AddKeyCondition(table, table.KeyOf(loser));
    }

    private static string Step(ColumnShape column) =>
        column.DataType switch
        {
            "date" => "INTERVAL 1 DAY",
            "datetime" or "timestamp" => column.ColumnType.IndexOf('(') is >= 0 and var digits
                ? $"INTERVAL {Math.Pow(10, 6 - (column.ColumnType[digits + 1] - '0')):0} MICROSECOND"
                : "INTERVAL 1 SECOND",
            _ => "1",
        };

    private byte[]? Row(TableBinding table, string? json) =>
        json is null ? null : RowImage.ToRow(json, table.Columns) ?? throw TableChanged();

    private async Task<byte[]?> ReadAsync(TableBinding table, byte[] key, CancellationToken cancellationToken)
    {
        _sql.Clear();
        _sql.Begin($"SELECT {table.SelectList} FROM {table.Destination.Sql} WHERE ").AddKeyCondition(table, key).Add(" FOR UPDATE");
        var result = await _sql.RunAsync(connection, cancellationToken);
        return result[0].Rows.Count > 0 ? result[0].Rows[0].ToArray() : null;
    }

    private static bool Same(TableBinding table, byte[]? a, byte[]? b) =>
        a is null ? b is null : b is not null && table.AreEqual(a, b, table.Written);

    private OmsException TableChanged() =>
        Error(
            "ConflictTableChanged",
            OmsErrorKind.SchemaMismatch,
            "can't be resolved any more: the table is gone or has columns that the recorded row lacks",
            "Change the row itself if it should be another one."
        );

    private OmsException Error(string id, OmsErrorKind kind, string fault, string remedy) =>
        new(id, kind, $"Conflict {record.Id} of link '{record.Project}' in {record.Database}.{record.Table} {fault}.", remedy, record);
}
