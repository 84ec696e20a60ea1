using System.Buffers;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Rows;

/// <summary>
/// A selected table as incremental synchronization sees it. Rows keep the layout of the source table, their columns are named as at the
/// destination (at the source: <see cref="SourceColumns"/>); what must be read, compared and written at the destination is worked out once.
/// </summary>
internal sealed class TableBinding
{
    public TableBinding(TablePair pair)
    {
        Pair = pair;
        Columns =
        [
            .. pair.Source.Columns.Select(c =>
                pair.Mapping.DestinationOf(c.Name) is { } name
                    ? (pair.DestinationOf(c) is { } written ? SchemaComparison.Written(c, written) : c) with
                    {
                        Name = name,
                    }
                    : c
            ),
        ];
        _isLeftOut = [.. pair.Source.Columns.Select(c => pair.Mapping.DestinationOf(c.Name) is null)];
        var destination = pair.Destination.Columns.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
        int SourceOrdinal(int destinationOrdinal)
        {
            var name = pair.Destination.Columns[destinationOrdinal].Name;
            for (var i = 0; i < Columns.Count; i++)
            {
                if (!_isLeftOut[i] && string.Equals(Columns[i].Name, name, StringComparison.OrdinalIgnoreCase))
                    return i;
            }
            return -1;
        }

        var rowKey = pair.Destination.RowKey ?? throw new ArgumentException($"{pair.Destination.Name} has no unique key.", nameof(pair));
        RowKeyName = rowKey.Name;
        Key = [.. rowKey.Columns.Select(SourceOrdinal)];
        if (Key.Contains(-1))
            throw new OmsException(
                "KeyColumnMissing",
                OmsErrorKind.SchemaMismatch,
                $"The key of {pair.Destination.Name} has a column that the source table lacks.",
                "Give both tables the same primary key.",
                pair.Destination.Name.ToString()
            );
        // A key that has a column of the destination's own, or an expression, can't be computed from the source's row; the server still
        // enforces it.
        UniqueKeys =
        [
            .. pair
                .Destination.UniqueKeys.Where(k => k != rowKey)
                .Select(k => k.Columns.Select(SourceOrdinal).ToArray())
                .Where(k => k.Length > 0 && !k.Contains(-1)),
        ];
        if (pair.ChecksForeignKeys)
        {
            References =
            [
                .. pair
                    .Destination.ForeignKeys.Select(k => new ReferenceKey(
                        [.. k.Columns.Select(c => SourceOrdinal(pair.Destination.Columns.Index().First(d => d.Item.Name == c).Index))],
                        ReferenceKey.SeedOf(k.Referenced, k.ReferencedColumns)
                    ))
                    .Where(k => !k.Columns.Contains(-1)),
            ];
            Referenced =
            [
                .. pair
                    .Destination.UniqueKeys.Select(k => new ReferenceKey(
                        [.. k.Columns.Select(SourceOrdinal)],
                        ReferenceKey.SeedOf(pair.Destination.Name, k.Columns.Select(i => pair.Destination.Columns[i].Name))
                    ))
                    .Where(k => !k.Columns.Contains(-1)),
            ];
        }
        bool ComparesAlike(int i) => Columns[i].Collation is not { } collation || collation == destination[Columns[i].Name].Collation;
        Identity = [.. Key.Where(i => !ComparesAlike(i)), .. (pair.Source.RowKey?.Columns ?? []).Except(Key)];
        _foreignKeys = [.. UniqueKeys.Where(k => !pair.Source.UniqueKeys.Any(s => s.Columns.ToHashSet().SetEquals(k)))];
        MayClash = Identity.Length > 0 || _foreignKeys.Count > 0 || UniqueKeys.Any(k => !k.All(ComparesAlike));
        HasOtherUniqueKeys = pair.Destination.UniqueKeys.Count > 1;
        bool Generated(int i) => Columns[i].IsGenerated || destination[Columns[i].Name].IsGenerated;
        Written = [.. Enumerable.Range(0, Columns.Count).Where(i => !_isLeftOut[i] && !Generated(i))];
        Compared = [.. Written.Where(i => Columns[i].IsComparable)];
        Enums = [.. Written.Where(i => Columns[i].DataType == "enum")];
        ColumnList = string.Join(", ", Written.Select(i => TableName.Quote(Columns[i].Name)));
        SelectList = string.Join(", ", Columns.Select((c, i) => _isLeftOut[i] ? "NULL" : InSourceCharacters(c, destination[c.Name])));
        SourceSelectList = string.Join(", ", SourceColumns.Select(c => c.SelectExpression));
        UpdateList = string.Join(
            ", ",
            Written
                .Where(i => !Key.Contains(i))
                .Select(i => $"{TableName.Quote(Columns[i].Name)} = VALUES({TableName.Quote(Columns[i].Name)})")
        );
    }

    private readonly bool[] _isLeftOut;

    // What is compared with the source's rows has to be in their bytes.
    private static string InSourceCharacters(ColumnShape source, ColumnShape destination) =>
        source.LiteralKind == LiteralKind.Text
        && destination.LiteralKind == LiteralKind.Text
        && !SchemaComparison.IsSameCharacterSet(source.CharacterSet, destination.CharacterSet)
            ? $"CONVERT({TableName.Quote(destination.Name)} USING {source.CharacterSet})"
            : destination.SelectExpression;

    /// <summary>Unique keys that the source does not have.</summary>
    private readonly HashSet<int[]> _foreignKeys;

    public TablePair Pair { get; }

    /// <summary>The layout of every row: the source's columns in their order, with the names that they have at the destination. Those left
    /// out keep their own.</summary>
    public IReadOnlyList<ColumnShape> Columns { get; }

    /// <summary>The same with the names that they have at the source.</summary>
    public IReadOnlyList<ColumnShape> SourceColumns => Pair.Source.Columns;

    /// <summary>Ordinals of the row key, of the other unique keys, of the columns that are written, compared, and of type ENUM.</summary>
    public int[] Key { get; }
    public int[][] UniqueKeys { get; }
    public int[] Written { get; }
    public int[] Compared { get; }
    public int[] Enums { get; }

    /// <summary>Columns in which a row that the destination finds by a row's key has to agree with it to be the same row at the source as
    /// well: those that the two servers compare by other rules, and what else names a row at the source.</summary>
    public int[] Identity { get; }

    /// <summary>The destination may call rows the same that the source tells apart, by its keys' columns or collations.</summary>
    public bool MayClash { get; }

    /// <summary>Whether the source may have two rows beside each other that a unique key of the destination calls the same.</summary>
    public bool MayHoldBoth(int[] unique, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        _foreignKeys.Contains(unique) || !AreEqual(one, other, unique);

    /// <summary>Where foreign keys are checked: the columns by which rows refer to others, and those by which others may refer to
    /// them.</summary>
    public IReadOnlyList<ReferenceKey> References { get; } = [];
    public IReadOnlyList<ReferenceKey> Referenced { get; } = [];

    public bool HasOtherUniqueKeys { get; }
    public string RowKeyName { get; }
    public string ColumnList { get; }
    public string SelectList { get; }
    public string SourceSelectList { get; }
    public string UpdateList { get; }
    public TableName Destination => Pair.Destination.Name;

    /// <summary>The row's key columns as a text row of their own.</summary>
    public byte[] KeyOf(ReadOnlySpan<byte> row)
    {
        Span<FieldSlice> fields = stackalloc FieldSlice[Columns.Count];
        FieldSlice.Split(row, fields);
        var output = new ArrayBufferWriter<byte>(32);
        foreach (var ordinal in Key)
            fields[ordinal].CopyTo(row, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Whether two rows agree in the given columns.</summary>
    public bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int[] ordinals)
    {
        if (left.SequenceEqual(right))
            return true;
        Span<FieldSlice> a = stackalloc FieldSlice[Columns.Count],
            b = stackalloc FieldSlice[Columns.Count];
        FieldSlice.Split(left, a);
        FieldSlice.Split(right, b);
        foreach (var i in ordinals)
        {
            if (a[i].IsNull != b[i].IsNull || !a[i].Of(left).SequenceEqual(b[i].Of(right)))
                return false;
        }
        return true;
    }

    /// <summary>A row, or with <paramref name="ordinals"/> some of its columns, as JSON, by the names at the destination. Columns that are
    /// left out are not shown.</summary>
    public string ToJson(ReadOnlySpan<byte> row, int[]? ordinals = null) => RowImage.ToJson(Columns, row, ordinals, _isLeftOut);
}

/// <summary>Columns of a foreign key or of what it refers to. Of a row and the row that it refers to, the hashes are equal
/// (<see cref="ValueHash"/>).</summary>
internal sealed record ReferenceKey(int[] Columns, long Seed)
{
    /// <param name="table">The table that is referred to.</param>
    public static long SeedOf(TableName table, IEnumerable<string> columns) =>
        unchecked(
            (long)
                System.IO.Hashing.XxHash3.HashToUInt64(
                    System.Text.Encoding.UTF8.GetBytes($"{table}({string.Join(',', columns)})".ToLowerInvariant())
                )
        );
}

/// <summary>Hash of the values of a key in a row.</summary>
internal static class ValueHash
{
    /// <returns>Null when one of them is NULL.</returns>
    public static ulong? Of(int[] columns, long seed, ReadOnlySpan<byte> row, ReadOnlySpan<FieldSlice> fields)
    {
        var hash = new System.IO.Hashing.XxHash3(seed);
        foreach (var ordinal in columns)
        {
            if (fields[ordinal].IsNull)
                return null;
            hash.Append(fields[ordinal].Of(row));
            hash.Append([0]);
        }
        return hash.GetCurrentHashAsUInt64();
    }
}

/// <summary>Where a column's value stands in a text row.</summary>
internal readonly record struct FieldSlice(int Offset, int Length)
{
    public bool IsNull => Length < 0;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> row) => IsNull ? default : row.Slice(Offset, Length);

    public void CopyTo(ReadOnlySpan<byte> row, IBufferWriter<byte> output)
    {
        if (IsNull)
            TextRow.AppendNull(output);
        else
            TextRow.Append(output, Of(row));
    }

    /// <summary>Finds the columns of a row.</summary>
    public static void Split(ReadOnlySpan<byte> row, Span<FieldSlice> fields)
    {
        var reader = new TextRow(row);
        for (var i = 0; i < fields.Length; i++)
        {
            if (!reader.TryRead(out var value, out var isNull))
                throw new FormatException($"A row has {i} columns where {fields.Length} are expected.");
            fields[i] = isNull ? new FieldSlice(0, -1) : new FieldSlice(OffsetIn(row, value), value.Length);
        }
    }

    private static int OffsetIn(ReadOnlySpan<byte> row, ReadOnlySpan<byte> value) =>
        (int)
            System.Runtime.CompilerServices.Unsafe.ByteOffset(
                ref System.Runtime.InteropServices.MemoryMarshal.GetReference(row),
                ref System.Runtime.InteropServices.MemoryMarshal.GetReference(value)
            );
}
