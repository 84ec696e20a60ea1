namespace Oms.MySql.Replication;

/// <summary>
/// TABLE_MAP_EVENT: the table that the row events behind it belong to
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Table__map__event.html).
/// </summary>
public sealed class TableMap
{
    private const byte SignednessField = 1, ColumnNameField = 4;

    private readonly byte[] _types;
    private readonly ushort[] _metadata;
    private readonly byte[]? _signedness;

    private TableMap(ulong tableId, string database, string table, byte[] types, ushort[] metadata, IReadOnlyList<string>? columnNames, byte[]? signedness) =>
        (TableId, Database, Table, _types, _metadata, ColumnNames, _signedness) = (tableId, database, table, types, metadata, columnNames, signedness);

    /// <summary>The number by which rows events name the table, until the end of the statement.</summary>
    public ulong TableId { get; }

    public string Database { get; }

    public string Table { get; }

    public int ColumnCount => _types.Length;

    /// <summary>Column names where the server logs them (<c>binlog_row_metadata=FULL</c>), else null.</summary>
    public IReadOnlyList<string>? ColumnNames { get; }

    /// <summary>The types; ENUM and SET, which the log hides behind STRING, by their own code.</summary>
    internal ReadOnlySpan<byte> Types => _types;

    /// <summary>What each type adds: lengths, precision, number of decimals; 0 where there is none.</summary>
    internal ReadOnlySpan<ushort> Metadata => _metadata;

    /// <summary>Whether a number has no sign; null where the server does not log it, or the column is no number.</summary>
    internal bool? IsUnsigned(int column)
    {
        // MariaDB counts YEAR among the numbers and MySQL does not, so that with one the bits can't be told apart.
        if (_signedness is null || !IsNumber(_types[column]) || _types.AsSpan().Contains((byte)ColumnTypeCode.Year))
            return null;
        var bit = 0;
        for (var i = 0; i < column; i++)
            bit += IsNumber(_types[i]) ? 1 : 0;
        return bit / 8 < _signedness.Length ? (_signedness[bit / 8] & 0x80 >> bit % 8) != 0 : null;
    }

    /// <summary>Reads an event's body.</summary>
    /// <exception cref="BinlogFormatException">The body is cut short, or has a column type whose metadata can't be told.</exception>
    public static TableMap Parse(ReadOnlySpan<byte> body, FormatDescription format)
    {
        var reader = new EventReader(body, "The TABLE_MAP event");
        var tableId = reader.TableId(format.TableIdSize);
        reader.Take(2);
        var database = reader.Name();
        var table = reader.Name();
        var columnCount = reader.Count();
        var types = reader.Take(columnCount).ToArray();
        var metadata = ReadMetadata(reader.Take(reader.Count()), types, database, table);
        reader.Take((columnCount + 7) / 8); // which columns may be NULL
        string[]? names = null;
        byte[]? signedness = null;
        // Optional fields (MySQL 8.0.1, MariaDB 10.5): tag, length, content; those of no use here are passed over by their length.
        while (reader.Remaining > 0)
        {
            var tag = reader.Byte();
            var content = reader.Take(reader.Count());
            if (tag == ColumnNameField)
                names = ReadNames(content, columnCount);
            else if (tag == SignednessField)
                signedness = content.ToArray();
        }
        return new TableMap(tableId, database, table, types, metadata, names, signedness);
    }

    /// <summary>Only the table id (to find a map that is known already).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short.</exception>
    public static ulong PeekTableId(ReadOnlySpan<byte> body, FormatDescription format) => new EventReader(body, "The TABLE_MAP event").TableId(format.TableIdSize);

    private static bool IsNumber(byte type) => (ColumnTypeCode)type is ColumnTypeCode.Tiny or ColumnTypeCode.Short or ColumnTypeCode.Int24 or ColumnTypeCode.Long or ColumnTypeCode.LongLong
        or ColumnTypeCode.NewDecimal or ColumnTypeCode.Float or ColumnTypeCode.Double;

    private static string[] ReadNames(ReadOnlySpan<byte> content, int columnCount)
    {
        var reader = new EventReader(content, "The TABLE_MAP event's list of column names");
        var names = new string[columnCount];
        for (var i = 0; i < columnCount; i++)
            names[i] = reader.LengthEncodedString();
        return names;
    }

    private static ushort[] ReadMetadata(ReadOnlySpan<byte> bytes, byte[] types, string database, string table)
    {
        var reader = new EventReader(bytes, "The TABLE_MAP event's column metadata");
        var metadata = new ushort[types.Length];
        for (var i = 0; i < types.Length; i++)
        {
            switch ((ColumnTypeCode)types[i])
            {
                case ColumnTypeCode.Float or ColumnTypeCode.Double or ColumnTypeCode.Blob or ColumnTypeCode.TinyBlob or ColumnTypeCode.MediumBlob or ColumnTypeCode.LongBlob
                    or ColumnTypeCode.Geometry or ColumnTypeCode.Json or ColumnTypeCode.Vector or ColumnTypeCode.MariaDbBlobCompressed
                    or ColumnTypeCode.Timestamp2 or ColumnTypeCode.DateTime2 or ColumnTypeCode.Time2:
                    metadata[i] = reader.Byte();
                    break;
                case ColumnTypeCode.VarChar or ColumnTypeCode.VarString or ColumnTypeCode.Bit or ColumnTypeCode.MariaDbVarCharCompressed:
                    metadata[i] = reader.UInt16();
                    break;
                case ColumnTypeCode.NewDecimal or ColumnTypeCode.Enum or ColumnTypeCode.Set:
                    metadata[i] = (ushort)(reader.Byte() << 8 | reader.Byte());
                    break;
                case ColumnTypeCode.String:
                    var (first, second) = (reader.Byte(), reader.Byte());
                    if ((ColumnTypeCode)first is ColumnTypeCode.Enum or ColumnTypeCode.Set)
                    {
                        types[i] = first;
                        metadata[i] = second;
                    }
                    else
                    {
                        // Lengths above 255 have their two high bits, inverted, in the bits 4 and 5 of the type.
                        metadata[i] = (ushort)(((first & 0x30) ^ 0x30) << 4 | second);
                    }
                    break;
                case ColumnTypeCode.Tiny or ColumnTypeCode.Short or ColumnTypeCode.Int24 or ColumnTypeCode.Long or ColumnTypeCode.LongLong or ColumnTypeCode.Year
                    or ColumnTypeCode.Date or ColumnTypeCode.NewDate or ColumnTypeCode.Time or ColumnTypeCode.DateTime or ColumnTypeCode.Timestamp:
                    break;
                default:
                    throw new BinlogFormatException($"Column {i + 1} of table `{database}`.`{table}` has type code {types[i]} in the log, which is not known; leave the table out of the selection.");
            }
        }
        return metadata;
    }
}
