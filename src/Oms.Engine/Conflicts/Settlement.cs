using Oms.Context;
using Oms.MySql;
using Oms.Rows;

namespace Oms.Conflicts;

/// <summary>Copies the winner's row of a key over the other side's.</summary>
/// <param name="partner">The link that goes straight back, under whose name conflicts at the source are recorded.</param>
/// <param name="listed">The keys that are on the lists.</param>
internal sealed class Settlement(
    LinkContext context,
    ConflictWinner winner,
    ReconcileSide source,
    ReconcileSide destination,
    string? partner,
    IReadOnlyDictionary<(TableBinding, string), ListedKey> listed
)
{
    private readonly SqlText _sql = new();

    /// <summary>Settles a key, if both rows are still as they were seen. It has to be looked at anew in any case.</summary>
    /// <param name="seen">The rows at the source and at the destination.</param>
    public async Task ApplyAsync(
        TableBinding table,
        byte[] key,
        (byte[]? Source, byte[]? Destination) seen,
        CancellationToken cancellationToken
    )
    {
        var sourceWins =
            winner.SourceWins(table, key, seen.Source, seen.Source is not null, seen.Destination, seen.Destination is not null) == true;
        var (from, to) = sourceWins ? (source, destination) : (destination, source);
        var (wanted, found) = sourceWins ? (seen.Source, seen.Destination) : (seen.Destination, seen.Source);
        try
        {
            await to.BeginAsync(cancellationToken);
            var current = (await to.ReadAsync(table, [key], cancellationToken, locked: true)).GetValueOrDefault(key);
            var again = (await from.ReadAsync(table, [key], cancellationToken)).GetValueOrDefault(key);
            if (!Observations.AreSame(current, found) || !Observations.AreSame(again, wanted))
            {
                await to.Connection.ExecuteAsync("ROLLBACK", cancellationToken);
                return;
            }
            var occupants = wanted is null ? [] : await to.OccupantsAsync(table, key, wanted, cancellationToken);
            if (!await GiveWayAsync(to, table, key, wanted, occupants, cancellationToken))
                await WriteAsync(to, table, key, wanted, found, occupants, cancellationToken);
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.DuplicateEntry || e.IsLockConflict)
        {
            // Somebody writes there just now: the next pass looks again.
            _sql.Clear();
            _sql.Begin("ROLLBACK");
            EnumZero.EndLenient(_sql);
            await _sql.RunAsync(to.Connection, cancellationToken);
        }
    }

    /// <summary>A later row that holds a unique value of this one is settled first, and takes this one's place on the other side.</summary>
    /// <returns>Whether there is one.</returns>
    private async Task<bool> GiveWayAsync(
        ReconcileSide to,
        TableBinding table,
        byte[] key,
        byte[]? wanted,
        List<(byte[] Key, byte[] Row)> occupants,
        CancellationToken cancellationToken
    )
    {
        var stays = winner.IsByVersion
            ? occupants.Where(o => winner.SourceWins(table, key, wanted, true, o.Row, true) != true).ToList()
            : [];
        if (stays.Count == 0)
            return false;
        _sql.Clear();
        ReconcileList.Add(
            _sql,
            to.Mark,
            [.. stays.Select(o => (table, o.Key)).Where(o => !listed.ContainsKey((table, Convert.ToHexString(o.Key))))],
            byVersion: true
        );
        _sql.Begin("COMMIT");
        await _sql.RunAsync(to.Connection, cancellationToken);
        return true;
    }

    private async Task WriteAsync(
        ReconcileSide to,
        TableBinding table,
        byte[] key,
        byte[]? wanted,
        byte[]? found,
        List<(byte[] Key, byte[] Row)> occupants,
        CancellationToken cancellationToken
    )
    {
        _sql.Clear();
        foreach (var occupant in occupants)
            _sql.Begin($"DELETE FROM {to.Name(table).Sql} WHERE ").AddKeyCondition(table, occupant.Key, to.Columns(table));
        if (found is not null)
            _sql.Begin($"DELETE FROM {to.Name(table).Sql} WHERE ").AddKeyCondition(table, key, to.Columns(table));
        if (wanted is not null)
            await InsertAsync(to, table, wanted, cancellationToken);
        List<FoundConflict> conflicts =
        [
            Settled(table, key, wanted, found),
            .. occupants.Select(o => Settled(table, o.Key, wanted, o.Row)),
        ];
        FoundConflict.AddInsert(
            _sql,
            context.Mark.Database,
            to.IsDestination ? context.Project.Name : partner ?? context.Project.Name,
            conflicts
        );
        // What was written here is marked, so that no link carries it on: whoever else reconciles here has to look.
        List<(TableBinding, byte[])> doubtful = [.. occupants.Select(o => (table, o.Key))];
        if (winner.IsByVersion)
            doubtful.Add((table, key));
        ReconcileList.Add(_sql, to.Mark, doubtful, winner.IsByVersion);
        _sql.Begin("COMMIT");
        await _sql.RunAsync(to.Connection, cancellationToken);
        context.Progress.AddConflicts(conflicts.Select(c => c.Kind));
    }

    /// <summary>Adds the insert of a row; runs all that was added so far where the server's warnings have to be looked at.</summary>
    private async Task InsertAsync(ReconcileSide side, TableBinding table, byte[] row, CancellationToken cancellationToken)
    {
        var isLenient = EnumZero.IsIn(table, row);
        if (isLenient)
            EnumZero.BeginLenient(_sql);
        _sql.Begin($"INSERT INTO {side.Name(table).Sql} ({side.ColumnList(table)}) VALUES ").AddRow(table, row);
        if (!isLenient)
            return;
        var warnings = EnumZero.AddWarnings(_sql);
        EnumZero.EndLenient(_sql);
        EnumZero.Check((await _sql.RunAsync(side.Connection, cancellationToken))[warnings].Rows);
        _sql.Clear();
    }

    private FoundConflict Settled(TableBinding table, byte[] key, byte[]? wanted, byte[]? found) =>
        new(table, key, ConflictKind.Reconciled, 0, null, wanted, found, winner.Policy, SourceWins: true);
}
