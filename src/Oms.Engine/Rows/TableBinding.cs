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
        Columns = [.. pair.Source.Columns.Select(AtDestination)];
        _isLeftOut = [.. pair.Source.Columns.Select(c => pair.Mapping.DestinationOf(c.Name) is null)];
        var rowKey = pair.Destination.RowKey ?? throw new ArgumentException($"{pair.Destination.Name} has no unique key.", nameof(pair));
        RowKeyName = rowKey.Name;
        Key = Ordinals(rowKey);
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
        UniqueKeys = [.. pair.Destination.UniqueKeys.Where(k => k != rowKey).Select(Ordinals).Where(k => k.Length > 0 && !k.Contains(-1))];
        if (pair.ChecksForeignKeys)
            (References, Referenced) = (ReferencesOfRows(), ReferencesToRows());
        var destination = pair.Destination.Columns.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
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

    private ColumnShape AtDestination(ColumnShape column) =>
        Pair.Mapping.DestinationOf(column.Name) is { } name
            ? (Pair.DestinationOf(column) is { } written ? SchemaComparison.Written(column, written) : column) with
            {
                Name = name,
            }
            : column;

    /// <summary>A key's columns in the rows; -1 where the source has none for it.</summary>
    private int[] Ordinals(UniqueKey key) => [.. key.Columns.Select(i => Ordinal(Pair.Destination.Columns[i].Name))];

    private int Ordinal(string name)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (!_isLeftOut[i] && string.Equals(Columns[i].Name, name, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }

    private List<ReferenceKey> ReferencesOfRows() =>
        [
            .. Pair
                .Destination.ForeignKeys.Select(k => new ReferenceKey(
                    [.. k.Columns.Select(Ordinal)],
                    ReferenceKey.SeedOf(k.Referenced, k.ReferencedColumns)
                ))
                .Where(k => !k.Columns.Contains(-1)),
        ];

    private List<ReferenceKey> ReferencesToRows() =>
        [
            .. Pair
                .Destination.UniqueKeys.Select(k => new ReferenceKey(
                    Ordinals(k),
                    ReferenceKey.SeedOf(Pair.Destination.Name, k.Columns.Select(i => Pair.Destination.Columns[i].Name))
                ))
                .Where(k => !k.Columns.Contains(-1)),
        ];

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
