using Oms.Applying;
using Oms.Changes;
using Oms.Rows;

namespace Oms.Scheduling;

/// <summary>
/// What a batch touches: row keys, values of other unique keys before and after, and where foreign keys are checked, a row and those that
/// refer to it. Pure.
/// </summary>
internal sealed class WriteSet
{
    private readonly Dictionary<TableBinding, List<TouchedKey>> _tables = [];
    private readonly HashSet<ulong> _uniqueValues = [],
        _references = [],
        _referenced = [];

    /// <param name="effect">What the batch comes to; its keys are those that <see cref="PutOff"/> marks.</param>
    public WriteSet(ChangeBatch batch, NetEffect effect)
    {
        Effect = effect;
        foreach (var (table, keys) in effect.Tables)
        {
            _tables.Add(table, [.. keys.Values.Select(k => new TouchedKey(batch, k))]);
            foreach (var key in _tables[table])
            {
                Add(_uniqueValues, key.UniqueValues);
                Add(_references, key.References);
                Add(_referenced, key.Referenced);
            }
        }
    }

    public NetEffect Effect { get; }

    /// <summary>Puts off what batches before this one touch too. Their rows are locked and written, but what they will be is known only
    /// when those batches are committed.</summary>
    public void PutOff(IEnumerable<WriteSet> uncommitted)
    {
        foreach (var earlier in uncommitted)
        {
            foreach (var (table, keys) in _tables)
            {
                var others = earlier.Effect.Tables.Where(t => t.Key.Destination == table.Destination).ToList();
                foreach (var key in keys.Where(k => !k.State.IsPutOff))
                    key.State.IsPutOff = earlier.IsReferredTo(key) || others.Exists(o => earlier.Touches(key, o.Key, o.Value));
            }
        }
    }

    private bool IsReferredTo(TouchedKey later) =>
        (later.References is { } references && _referenced.Overlaps(references))
        || (later.Referenced is { } referenced && _references.Overlaps(referenced));

    // Rows of another layout can't be compared by their bytes.
    private bool Touches(TouchedKey later, TableBinding table, Dictionary<byte[], KeyState> keys) =>
        table != later.State.Table
        || keys.ContainsKey(later.State.Key)
        || (later.UniqueValues is { } values && _uniqueValues.Overlaps(values));

    private static void Add(HashSet<ulong> all, HashSet<ulong>? some)
    {
        if (some is not null)
            all.UnionWith(some);
    }

    /// <summary>A key with the hashes of what its changes take and give; null: its table has no such keys.</summary>
    private sealed class TouchedKey
    {
        public TouchedKey(ChangeBatch batch, KeyState state)
        {
            State = state;
            var table = state.Table;
            UniqueValues = table.UniqueKeys.Length > 0 ? [] : null;
            References = table.References.Count > 0 ? [] : null;
            Referenced = table.Referenced.Count > 0 ? [] : null;
            if (UniqueValues is null && References is null && Referenced is null)
                return;
            Span<FieldSlice> fields = stackalloc FieldSlice[table.Columns.Count];
            foreach (var change in state.Changes)
            {
                Add(batch.Row(change.Before), fields);
                Add(batch.Row(change.After), fields);
            }
        }

        public KeyState State { get; }
        public HashSet<ulong>? UniqueValues { get; }
        public HashSet<ulong>? References { get; }
        public HashSet<ulong>? Referenced { get; }

        private void Add(ReadOnlySpan<byte> row, Span<FieldSlice> fields)
        {
            if (row.IsEmpty)
                return;
            FieldSlice.Split(row, fields);
            for (var unique = 0; unique < State.Table.UniqueKeys.Length; unique++)
                Add(UniqueValues, State.Table.UniqueKeys[unique], unique, row, fields);
            foreach (var key in State.Table.References)
                Add(References, key.Columns, key.Seed, row, fields);
            foreach (var key in State.Table.Referenced)
                Add(Referenced, key.Columns, key.Seed, row, fields);
        }

        private static void Add(HashSet<ulong>? hashes, int[] columns, long seed, ReadOnlySpan<byte> row, ReadOnlySpan<FieldSlice> fields)
        {
            // NULLs never clash, and refer to nothing.
            if (ValueHash.Of(columns, seed, row, fields) is { } hash)
                hashes!.Add(hash);
        }
    }
}
