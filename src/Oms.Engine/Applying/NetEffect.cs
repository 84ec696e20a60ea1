using Oms.Changes;
using Oms.Conflicts;
using Oms.MySql.Binlog;
using Oms.Rows;

namespace Oms.Applying;

/// <summary>One row key that a batch touches: the changes in order, what the destination has, and what it will have.</summary>
internal sealed class KeyState(TableBinding table, byte[] key)
{
    public TableBinding Table { get; } = table;
    public byte[] Key { get; } = key;
    public List<KeyChange> Changes { get; } = new(1);

    /// <summary>The destination's row; null: none.</summary>
    public ReadOnlyMemory<byte>? Current { get; set; }

    /// <summary>The row after the batch; null: none.</summary>
    public ReadOnlyMemory<byte>? Result { get; set; }

    /// <summary>An insert by the source comes first: the destination is expected to have no such row.</summary>
    public bool BeginsWithInsert => Changes[0].Kind == RowsKind.Insert;

    /// <summary>A batch before this one, not committed yet, touches the key as well: it is read and written once that one is
    /// committed.</summary>
    public bool IsPutOff { get; set; }
}

/// <summary>A change of one key; an update that changes the key is a delete of the old one and an insert of the new one.</summary>
internal readonly record struct KeyChange(RowsKind Kind, int Transaction, Range Before, Range After);

/// <summary>What a batch of transactions comes to, key by key. Pure: reads nothing and writes nothing.</summary>
internal sealed class NetEffect
{
    private readonly ChangeBatch _batch;

    /// <param name="changes">Which of the batch's changes, whole transactions; null: all.</param>
    public NetEffect(ChangeBatch batch, IEnumerable<RowChange>? changes = null)
    {
        _batch = batch;
        foreach (var change in changes ?? batch.Changes)
        {
            switch (change.Kind)
            {
                case RowsKind.Insert:
                    Of(change.Table, change.After).Changes.Add(new KeyChange(RowsKind.Insert, change.Transaction, default, change.After));
                    break;
                case RowsKind.Delete:
                    Of(change.Table, change.Before).Changes.Add(new KeyChange(RowsKind.Delete, change.Transaction, change.Before, default));
                    break;
                default:
                    var old = Of(change.Table, change.Before);
                    if (change.Table.KeyOf(batch.Row(change.After)).AsSpan().SequenceEqual(old.Key))
                    {
                        old.Changes.Add(new KeyChange(RowsKind.Update, change.Transaction, change.Before, change.After));
                        break;
                    }
                    old.Changes.Add(new KeyChange(RowsKind.Delete, change.Transaction, change.Before, default));
                    Of(change.Table, change.After).Changes.Add(new KeyChange(RowsKind.Insert, change.Transaction, default, change.After));
                    break;
            }
        }
    }

    /// <summary>The keys of each table.</summary>
    public Dictionary<TableBinding, Dictionary<byte[], KeyState>> Tables { get; } = [];

    public List<FoundConflict> Conflicts { get; } = [];

    /// <summary>Keys to be compared on both sides later.</summary>
    public List<(TableBinding Table, byte[] Key)> Reconcile { get; } = [];

    public IEnumerable<KeyState> Keys => Tables.Values.SelectMany(t => t.Values);

    /// <summary>The tables with those that others refer to before these, as far as foreign keys are checked and form no circle.</summary>
    public IEnumerable<TableBinding> ReferencedFirst()
    {
        if (!Tables.Keys.Any(t => t.Pair.ChecksForeignKeys))
            return Tables.Keys;
        var (ordered, seen) = (new List<TableBinding>(), new HashSet<TableBinding>());
        foreach (var table in Tables.Keys)
            Visit(table);
        return ordered;

        void Visit(TableBinding table)
        {
            if (!seen.Add(table))
                return;
            foreach (var referenced in Tables.Keys.Where(t => table.Pair.Destination.References.Contains(t.Destination)))
                Visit(referenced);
            ordered.Add(table);
        }
    }

    /// <summary>Replayed over a full migration: the last state of each key holds, whatever the destination has.</summary>
    public void SettleIdempotently(bool putOff = false)
    {
        foreach (var key in Keys.Where(k => k.IsPutOff == putOff))
        {
            var last = key.Changes[^1];
            key.Result = After(last);
        }
    }

    /// <summary>Goes through each key's changes against the destination's row and settles conflicts.</summary>
    /// <param name="firstSequence">The number of the batch's first transaction.</param>
    /// <param name="putOff">Which keys: those that could be looked at at once, or those that had to wait.</param>
    public void Settle(ConflictWinner winner, long firstSequence, string link, bool putOff = false)
    {
        foreach (var key in Keys.Where(k => k.IsPutOff == putOff))
        {
            key.Result = key.Current;
            foreach (var change in key.Changes)
                Settle(key, change, winner, firstSequence + change.Transaction, link);
        }
    }

    private void Settle(KeyState key, KeyChange change, ConflictWinner winner, long sequence, string link)
    {
        var before = _batch.Row(change.Before);
        var after = _batch.Row(change.After);
        var current = key.Result is { } row ? row.Span : default;
        var finding = ConflictRules.Judge(key.Table, change.Kind, before, after, key.Result is not null, current, out var kind);
        if (finding == Judgement.AlreadyThere)
        {
            Reconcile.Add((key.Table, key.Key));
            return;
        }
        var applies = finding is Judgement.AsExpected or Judgement.Uncertain;
        if (finding == Judgement.Uncertain)
            Reconcile.Add((key.Table, key.Key));
        if (finding == Judgement.Conflict)
        {
            var found = winner.Decide(
                new FoundConflict(
                    key.Table,
                    key.Key,
                    kind,
                    sequence,
                    change.Kind == RowsKind.Insert ? null : before.ToArray(),
                    change.Kind == RowsKind.Delete ? null : after.ToArray(),
                    key.Result?.ToArray(),
                    winner.Policy
                ),
                link
            );
            applies = found.SourceWins;
            Conflicts.Add(found);
            Reconcile.Add((key.Table, key.Key));
        }
        if (applies)
            key.Result = After(change);
    }

    /// <summary>The row after a change. (A bare null would silently become an empty row: the type has a conversion from arrays.)</summary>
    private ReadOnlyMemory<byte>? After(KeyChange change) =>
        change.Kind == RowsKind.Delete ? (ReadOnlyMemory<byte>?)null : _batch.RowMemory(change.After);

    private KeyState Of(TableBinding table, Range row)
    {
        if (!Tables.TryGetValue(table, out var keys))
            Tables.Add(table, keys = new Dictionary<byte[], KeyState>(ByteArrayComparer.Instance));
        var key = table.KeyOf(_batch.Row(row));
        if (!keys.TryGetValue(key, out var state))
            keys.Add(key, state = new KeyState(table, key));
        return state;
    }
}
