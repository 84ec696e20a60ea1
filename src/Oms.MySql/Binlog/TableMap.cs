namespace Oms.MySql.Binlog;

/// <summary>
/// TABLE_MAP_EVENT: the table that the row events behind it belong to
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Table__map__event.html).
/// </summary>
public sealed class TableMap
{
    private readonly byte[] _types;
    private readonly ushort[] _typeMetadata;
    private readonly byte[] _nullable;

    private TableMap(
        ulong tableId,
        string database,
        string table,
        byte[] types,
        ushort[] typeMetadata,
        byte[] nullable,
        TableMapMetadata metadata
    ) =>
        (TableId, Database, Table, _types, _typeMetadata, _nullable, Metadata) = (
            tableId,
            database,
            table,
            types,
            typeMetadata,
            nullable,
            metadata
        );

    /// <summary>The number by which rows events name the table, until the end of the statement.</summary>
    public ulong TableId { get; }

    public string Database { get; }

    public string Table { get; }

    public int ColumnCount => _types.Length;

    /// <summary>What the server logs of the columns beyond their types.</summary>
    public TableMapMetadata Metadata { get; }

    /// <summary>Whether a column may be NULL.</summary>
    public bool IsNullable(int column) => (_nullable[column >> 3] & 1 << (column & 7)) != 0;

    /// <summary>The types; ENUM and SET, which the log hides behind STRING, by their own code.</summary>
    internal ReadOnlySpan<byte> Types => _types;

    /// <summary>What each type adds: lengths, precision, number of decimals; 0 where there is none.</summary>
    internal ReadOnlySpan<ushort> TypeMetadata => _typeMetadata;

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
        var nullable = reader.Take((columnCount + 7) / 8).ToArray();
        return new TableMap(
            tableId,
            database,
            table,
            types,
            metadata,
            nullable,
            TableMapMetadata.Read(types, format.IsMariaDb, ref reader)
        );
    }

    /// <summary>Only the table id (to find a map that is known already).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short.</exception>
    public static ulong PeekTableId(ReadOnlySpan<byte> body, FormatDescription format) =>
        new EventReader(body, "The TABLE_MAP event").TableId(format.TableIdSize);

    private static ushort[] ReadMetadata(ReadOnlySpan<byte> bytes, byte[] types, string database, string table)
    {
        var reader = new EventReader(bytes, "The TABLE_MAP event's column metadata");
        var metadata = new ushort[types.Length];
        for (var i = 0; i < types.Length; i++)
        {
            switch ((ColumnTypeCode)types[i])
            {
                case ColumnTypeCode.Float
                or ColumnTypeCode.Double
                or ColumnTypeCode.Blob
                or ColumnTypeCode.TinyBlob
                or ColumnTypeCode.MediumBlob
                or ColumnTypeCode.LongBlob
                or ColumnTypeCode.Geometry
                or ColumnTypeCode.Json
                or ColumnTypeCode.Vector
                or ColumnTypeCode.MariaDbBlobCompressed
                or ColumnTypeCode.Timestamp2
                or ColumnTypeCode.DateTime2
                or ColumnTypeCode.Time2:
                    metadata[i] = reader.Byte();
                    break;
                case ColumnTypeCode.VarChar or ColumnTypeCode.VarString or ColumnTypeCode.Bit or ColumnTypeCode.MariaDbVarCharCompressed:
                    metadata[i] = reader.UInt16();
                    break;
                case ColumnTypeCode.NewDecimal or ColumnTypeCode.Enum or ColumnTypeCode.Set:
                    metadata[i] = (ushort)(reader.Byte() << 8 | reader.Byte());
                    break;
                case ColumnTypeCode.String:
                    metadata[i] = ReadString(ref reader, ref types[i]);
                    break;
                case ColumnTypeCode.Tiny
                or ColumnTypeCode.Short
                or ColumnTypeCode.Int24
                or ColumnTypeCode.Long
                or ColumnTypeCode.LongLong
                or ColumnTypeCode.Year
                or ColumnTypeCode.Date
                or ColumnTypeCode.NewDate
                or ColumnTypeCode.Time
                or ColumnTypeCode.DateTime
                or ColumnTypeCode.Timestamp:
                    break;
                default:
                    throw new BinlogFormatException(
                        $"Column {i + 1} of table `{database}`.`{table}` has type code {types[i]} in the log, which is not known; leave the table out of the selection."
                    );
            }
        }
        return metadata;
    }

    // The type that is meant, and its length.
    private static ushort ReadString(ref EventReader reader, ref byte type)
    {
        var (first, second) = (reader.Byte(), reader.Byte());
        if ((ColumnTypeCode)first is not (ColumnTypeCode.Enum or ColumnTypeCode.Set))
            // Lengths above 255 have their two high bits, inverted, in the bits 4 and 5 of the type.
            return (ushort)(((first & 0x30) ^ 0x30) << 4 | second);
        type = first;
        return second;
    }
}
