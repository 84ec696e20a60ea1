using System.Buffers;
using System.Globalization;
using System.Text;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Engine.Tests.KeyRanges;

/// <summary>Table shapes and text rows made by hand.</summary>
internal static class Tables
{
    public static ColumnShape Column(
        string name,
        string type = "int",
        string? characterSet = null,
        bool nullable = false,
        bool generated = false,
        long? octets = null
    ) =>
        new()
        {
            Name = name,
            DataType = type,
            ColumnType = type,
            CharacterSet = characterSet,
            OctetLength = octets,
            IsNullable = nullable,
            IsGenerated = generated,
        };

    /// <summary>A table db.t whose first columns are its primary key.</summary>
    public static TableSchema Table(int keyColumns, params ColumnShape[] columns) =>
        new()
        {
            Name = new TableName("db", "t"),
            Columns = columns,
            UniqueKeys = keyColumns == 0 ? [] : [new UniqueKey("PRIMARY", [.. Enumerable.Range(0, keyColumns)], true, true)],
            StorageEngine = "InnoDB",
        };

    public static TablePair Pair(TableSchema table) => new(table, table);

    public static byte[] Row(params object?[] values)
    {
        var row = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            switch (value)
            {
                case null:
                    TextRow.AppendNull(row);
                    break;
                case byte[] bytes:
                    TextRow.Append(row, bytes);
                    break;
                default:
                    TextRow.Append(row, Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture)!));
                    break;
            }
        }

        return row.WrittenSpan.ToArray();
    }
}
