namespace Oms.MySql.Binlog;

/// <summary>
/// What a TABLE_MAP event says of its columns beyond their types (MySQL 8.0.1, MariaDB 10.5; how much is set by <c>binlog_row_metadata</c>:
/// MINIMAL gives signs and character sets at most, FULL all). Every member is null where the server does not log it.
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Table__map__event.html#Table_table_map_event_optional_metadata)
/// </summary>
public sealed class TableMapMetadata
{
    private enum Field : byte
    {
        Signedness = 1,
        DefaultCharset,
        ColumnCharset,
        ColumnName,
        SetMembers,
        EnumMembers,
        GeometryType,
        SimplePrimaryKey,
        PrimaryKeyWithPrefix,
        EnumAndSetDefaultCharset,
        EnumAndSetColumnCharset,
        Visibility,
        VectorDimension,
    }

    private readonly byte[] _types;
    private readonly bool _countsYears;
    private readonly byte[]? _signedness,
        _visibility;

    private TableMapMetadata(byte[] types, bool isMariaDb, ref EventReader reader)
    {
        (_types, _countsYears) = (types, isMariaDb);
        // MariaDB counts spatial columns among the texts, MySQL its VECTOR.
        Func<byte, bool> isText = isMariaDb
            ? static type => IsText(type) || type == (byte)ColumnTypeCode.Geometry
            : static type => IsText(type) || type == (byte)ColumnTypeCode.Vector;
        while (reader.Remaining > 0)
        {
            var field = (Field)reader.Byte();
            var content = reader.Take(reader.Count());
            switch (field)
            {
                case Field.Signedness:
                    _signedness = content.ToArray();
                    break;
                case Field.DefaultCharset:
                    Collations = ReadDefault(content, Collations, isText);
                    break;
                case Field.ColumnCharset:
                    Collations = ReadEach(content, Collations, isText);
                    break;
                case Field.EnumAndSetDefaultCharset:
                    Collations = ReadDefault(content, Collations, IsEnumOrSet);
                    break;
                case Field.EnumAndSetColumnCharset:
                    Collations = ReadEach(content, Collations, IsEnumOrSet);
                    break;
                case Field.ColumnName:
                    ColumnNames = ReadNames(content);
                    break;
                case Field.EnumMembers:
                    Members = ReadMembers(content, ColumnTypeCode.Enum);
                    break;
                case Field.SetMembers:
                    Members = ReadMembers(content, ColumnTypeCode.Set);
                    break;
                case Field.SimplePrimaryKey:
                    PrimaryKey = ReadKey(content, hasPrefixes: false);
                    break;
                case Field.PrimaryKeyWithPrefix:
                    PrimaryKey = ReadKey(content, hasPrefixes: true);
                    break;
                case Field.GeometryType:
                    GeometryTypes = ReadEach(content, null, static type => type == (byte)ColumnTypeCode.Geometry);
                    break;
                case Field.Visibility:
                    _visibility = content.ToArray();
                    break;
                case Field.VectorDimension:
                    VectorDimensions = ReadEach(content, null, static type => type == (byte)ColumnTypeCode.Vector);
                    break;
                default:
                    // What is not known is passed over by its length.
                    break;
            }
        }
    }

    /// <summary>The columns' names.</summary>
    public IReadOnlyList<string>? ColumnNames { get; }

    /// <summary>For each column the id of its collation (as in <c>information_schema.collations</c>; 63 is binary); null for a column that
    /// has none.</summary>
    public IReadOnlyList<uint?>? Collations { get; }

    /// <summary>For each column the members of its ENUM or SET, in order, in the column's character set; null for every other
    /// column.</summary>
    public IReadOnlyList<IReadOnlyList<byte[]>?>? Members { get; private set; }

    /// <summary>The primary key: columns by their place, and of a key on a prefix the length of it in characters (0: the whole
    /// column).</summary>
    public IReadOnlyList<(int Column, int Prefix)>? PrimaryKey { get; }

    /// <summary>For each column the subtype of a spatial one (0 GEOMETRY, 1 POINT, …).</summary>
    public IReadOnlyList<uint?>? GeometryTypes { get; }

    /// <summary>For each column the number of elements of a VECTOR.</summary>
    public IReadOnlyList<uint?>? VectorDimensions { get; }

    internal static TableMapMetadata Read(byte[] types, bool isMariaDb, ref EventReader reader) => new(types, isMariaDb, ref reader);

    /// <summary>Whether a number has no sign; null where it is not logged, or the column is no number.</summary>
    public bool? IsUnsigned(int column)
    {
        // MariaDB (10.11 and 11.8 seen) and MySQL 9.7 count YEAR among the numbers; of older MySQL it is not known.
        if (
            _signedness is null
            || !IsNumber(_types[column])
            || (!_countsYears && _types.AsSpan(0, column).Contains((byte)ColumnTypeCode.Year))
        )
            return null;
        var bit = 0;
        for (var i = 0; i < column; i++)
            bit += IsNumber(_types[i]) || _types[i] == (byte)ColumnTypeCode.Year ? 1 : 0;
        return Bit(_signedness, bit);
    }

    /// <summary>Whether <c>SELECT *</c> shows the column; null where it is not logged.</summary>
    public bool? IsVisible(int column) => _visibility is null ? null : Bit(_visibility, column);

    private static bool? Bit(byte[] bits, int index) => index / 8 < bits.Length ? (bits[index / 8] & 0x80 >> index % 8) != 0 : null;

    private static bool IsNumber(byte type) =>
        (ColumnTypeCode)type
            is ColumnTypeCode.Tiny
                or ColumnTypeCode.Short
                or ColumnTypeCode.Int24
                or ColumnTypeCode.Long
                or ColumnTypeCode.LongLong
                or ColumnTypeCode.NewDecimal
                or ColumnTypeCode.Float
                or ColumnTypeCode.Double;

    private static bool IsText(byte type) =>
        (ColumnTypeCode)type
            is ColumnTypeCode.String
                or ColumnTypeCode.VarString
                or ColumnTypeCode.VarChar
                or ColumnTypeCode.Blob
                or ColumnTypeCode.TinyBlob
                or ColumnTypeCode.MediumBlob
                or ColumnTypeCode.LongBlob
                or ColumnTypeCode.MariaDbVarCharCompressed
                or ColumnTypeCode.MariaDbBlobCompressed;

    private static bool IsEnumOrSet(byte type) => (ColumnTypeCode)type is ColumnTypeCode.Enum or ColumnTypeCode.Set;

    private string[] ReadNames(ReadOnlySpan<byte> content)
    {
        var reader = new EventReader(content, "The TABLE_MAP event's list of column names");
        var names = new string[_types.Length];
        for (var i = 0; i < names.Length; i++)
            names[i] = reader.LengthEncodedString();
        return names;
    }

    // The commonest collation, then (place among the columns of this kind, collation) of those that have another.
    private uint?[] ReadDefault(ReadOnlySpan<byte> content, IReadOnlyList<uint?>? before, Func<byte, bool> isOfKind)
    {
        var reader = new EventReader(content, "The TABLE_MAP event's default character set");
        var common = UInt32(reader.LengthEncoded());
        var ofKind = Places(isOfKind);
        var values = before?.ToArray() ?? new uint?[_types.Length];
        foreach (var place in ofKind)
            values[place] = common;
        while (reader.Remaining > 0)
        {
            var index = reader.Count();
            values[index < ofKind.Count ? ofKind[index] : throw NoSuchColumn(index)] = UInt32(reader.LengthEncoded());
        }
        return values;
    }

    private uint?[] ReadEach(ReadOnlySpan<byte> content, IReadOnlyList<uint?>? before, Func<byte, bool> isOfKind)
    {
        var reader = new EventReader(content, "The TABLE_MAP event's metadata of columns");
        var values = before?.ToArray() ?? new uint?[_types.Length];
        foreach (var place in Places(isOfKind))
        {
            if (reader.Remaining == 0)
                break;
            values[place] = UInt32(reader.LengthEncoded());
        }
        return values;
    }

    private IReadOnlyList<byte[]>?[] ReadMembers(ReadOnlySpan<byte> content, ColumnTypeCode type)
    {
        var reader = new EventReader(content, "The TABLE_MAP event's list of members");
        var all = Members?.ToArray() ?? new IReadOnlyList<byte[]>?[_types.Length];
        foreach (var place in Places(t => t == (byte)type))
        {
            // Each member takes a byte at least.
            var members = new byte[
                reader.Count() is var count && count <= reader.Remaining
                    ? count
                    : throw new BinlogFormatException($"The TABLE_MAP event announces {count} members of column {place + 1}.")
            ][];
            for (var i = 0; i < members.Length; i++)
                members[i] = reader.Take(reader.Count()).ToArray();
            all[place] = members;
        }
        return all;
    }

    private List<(int, int)> ReadKey(ReadOnlySpan<byte> content, bool hasPrefixes)
    {
        var reader = new EventReader(content, "The TABLE_MAP event's primary key");
        var key = new List<(int, int)>();
        while (reader.Remaining > 0)
        {
            var column = reader.Count();
            key.Add((column < _types.Length ? column : throw NoSuchColumn(column), hasPrefixes ? reader.Count() : 0));
        }
        return key;
    }

    private List<int> Places(Func<byte, bool> isOfKind)
    {
        var places = new List<int>();
        for (var i = 0; i < _types.Length; i++)
        {
            if (isOfKind(_types[i]))
                places.Add(i);
        }
        return places;
    }

    private static uint UInt32(ulong value) =>
        value <= uint.MaxValue
            ? (uint)value
            : throw new BinlogFormatException($"The TABLE_MAP event has {value} where a number of 32 bits is expected.");

    private static BinlogFormatException NoSuchColumn(int index) =>
        new($"The TABLE_MAP event's metadata speaks of a column {index + 1}, which there is not.");
}
