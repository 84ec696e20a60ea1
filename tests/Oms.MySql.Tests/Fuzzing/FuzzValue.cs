using System.Buffers.Binary;
using Oms.MySql.Binlog;
using Oms.MySql.Tests.Replication;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>Single values in a row event's form: of each column type, of JSON, of JSON's differences.</summary>
internal static class FuzzValue
{
    private static readonly (ColumnTypeCode Type, string Metadata, string DataType, string ColumnType, string Value)[] s_values =
    [
        (ColumnTypeCode.Tiny, "", "tinyint", "tinyint", "80"),
        (ColumnTypeCode.Short, "", "smallint", "smallint unsigned", "FFFF"),
        (ColumnTypeCode.Int24, "", "mediumint", "mediumint", "000080"),
        (ColumnTypeCode.Long, "", "int", "int", "FFFFFFFF"),
        (ColumnTypeCode.LongLong, "", "bigint", "bigint unsigned", "FFFFFFFFFFFFFFFF"),
        (ColumnTypeCode.Float, "04", "float", "float", "00008000"),
        (ColumnTypeCode.Double, "08", "double", "double", "9A9999999999B93F"),
        (ColumnTypeCode.NewDecimal, "0402", "decimal", "decimal(4,2)", "8C22"),
        (
            ColumnTypeCode.NewDecimal,
            "411E",
            "decimal",
            "decimal(65,30)",
            "E3" + "000000000000000000000000000000000000000000000000000000000000"
        ),
        (ColumnTypeCode.Bit, "0002", "bit", "bit(16)", "01FF"),
        (ColumnTypeCode.Bit, "0008", "bit", "bit(64)", "0102030405060708"),
        (ColumnTypeCode.Year, "", "year", "year(4)", "FF"),
        (ColumnTypeCode.Year, "", "year", "year(2)", "64"),
        (ColumnTypeCode.Date, "", "date", "date", "5DD00F"),
        (ColumnTypeCode.NewDate, "", "date", "date", "5DD00F"),
        (ColumnTypeCode.Time2, "00", "time", "time", "B46EFB"),
        (ColumnTypeCode.Time2, "03", "time", "time(3)", "7FFFFFFFFF"),
        (ColumnTypeCode.Time2, "06", "time", "time(6)", "800000000001"),
        (ColumnTypeCode.DateTime2, "01", "datetime", "datetime(1)", "FEF3FF7EFB5A"),
        (ColumnTypeCode.DateTime2, "06", "datetime", "datetime(6)", "FEF3FF7EFB0F423F"),
        (ColumnTypeCode.Timestamp2, "05", "timestamp", "timestamp(5)", "7FFFFFFF0F423F"),
        (ColumnTypeCode.Timestamp2, "00", "timestamp", "timestamp", "FFFFFFFF"),
        (ColumnTypeCode.Time, "", "time", "time", "590A80"),
        (ColumnTypeCode.DateTime, "", "datetime", "datetime", "4045354F43120000"),
        (ColumnTypeCode.Timestamp, "", "timestamp", "timestamp", "01000000"),
        (ColumnTypeCode.VarChar, "0A00", "varchar", "varchar(10)", "0361C3A9"),
        (ColumnTypeCode.VarChar, "2C01", "varchar", "varchar(75)", "010061"),
        (ColumnTypeCode.String, "FE05", "binary", "binary(5)", "0161"),
        (ColumnTypeCode.String, "EEFC", "char", "char(255)", "010061"),
        (ColumnTypeCode.String, "F702", "enum", "enum('a')", "0100"),
        (ColumnTypeCode.String, "F808", "set", "set('a')", "FFFFFFFFFFFFFFFF"),
        (ColumnTypeCode.String, "FE04", "inet4", "inet4", "020A14"),
        (ColumnTypeCode.String, "FE10", "inet6", "inet6", "1000000000000000000000FFFF01020304"),
        (ColumnTypeCode.String, "FE10", "uuid", "uuid", "100123456789AB1DEF8123456789ABCDEF"),
        (ColumnTypeCode.Blob, "01", "tinytext", "tinytext", "0161"),
        (ColumnTypeCode.Blob, "02", "text", "text", "0100FB"),
        (ColumnTypeCode.Blob, "03", "mediumblob", "mediumblob", "010000FB"),
        (ColumnTypeCode.Blob, "04", "longblob", "longblob", "01000000FB"),
        (ColumnTypeCode.MariaDbVarCharCompressed, "6500", "varchar", "varchar(100)", "03007878"),
        (ColumnTypeCode.MariaDbBlobCompressed, "02", "blob", "blob", "080089644B4CA43D0000"),
        (ColumnTypeCode.Json, "04", "json", "json", "0D0000000001000C000B00010005010061"),
        (ColumnTypeCode.Geometry, "04", "point", "point", "01000000FB"),
        (ColumnTypeCode.Vector, "04", "vector", "vector(1)", "040000000000803F"),
    ];

    private static readonly RowDecoder[] s_decoders =
    [
        .. s_values.Select(v => new RowDecoder(
            SampleLog.Map([(byte)v.Type], Convert.FromHexString(v.Metadata)),
            [SampleLog.Shape("c", v.DataType, v.ColumnType)]
        )),
    ];

    private static readonly byte[] s_object = Convert.FromHexString("0001000C000B00010005010061");

    /// <summary>Which column, the bitmap of NULLs, the value.</summary>
    public static IReadOnlyList<byte[]> Seeds => [.. s_values.Select((v, i) => (byte[])[(byte)i, 0, .. Convert.FromHexString(v.Value)])];

    public static IReadOnlyList<byte[]> Json { get; } =
    [s_object, JsonArray(), [0x0C, 3, .. "a\n\""u8], [0x0B, .. BitConverter.GetBytes(1e300)], [0x04, 1], []];

    /// <summary>The length of the document, the document, the differences.</summary>
    public static IReadOnlyList<byte[]> Differences =>
        [
            Difference(s_object, 0, "$.a", [0x0C, 2, .. "xy"u8]),
            Difference(s_object, 1, "$.new", JsonArray()),
            Difference(s_object, 2, "$.a", null),
            Difference(JsonArray(), 1, "$[1]", s_object),
            Difference(JsonArray(), 0, "$[8].b", [0x04, 0]),
            Difference(JsonArray(), 0, "$", s_object),
            Difference(s_object, 1, "$.\"q\\\"uote\"", [0x05, 7, 0]),
        ];

    public static IReadOnlyList<byte[]> Compressed => [Convert.FromHexString("89644B4CA43D0000"), [0x00, .. "plain"u8], []];

    public static void Read(byte[] input)
    {
        if (input.Length > 0)
            s_decoders[input[0] % s_decoders.Length].Decode(input.AsSpan(1), 0, EventTargets.Output());
    }

    public static void ReadDifferences(byte[] input)
    {
        if (input.Length == 0 || input[0] > input.Length - 1)
            return;
        JsonDiff.Apply(input.AsSpan(1, input[0]), input.AsSpan(1 + input[0]), EventTargets.Output());
    }

    public static void Decompress(byte[] input)
    {
        if (!ColumnCompression.TryGetPlain(input, out _))
            ColumnCompression.Decompress(input);
    }

    private static byte[] Difference(byte[] document, byte operation, string path, byte[]? value)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(path);
        return
        [
            (byte)document.Length,
            .. document,
            operation,
            (byte)text.Length,
            .. text,
            .. value is null ? [] : (byte[])[(byte)value.Length, .. value],
        ];
    }

    // [true, -2, 70000, -5000000000, 18446744073709551615, 1.5, "text", 12.34 and a date as opaque values, {"a": 1}]
    private static byte[] JsonArray()
    {
        (byte Type, byte[] Data)[] values =
        [
            (0x04, [1, 0]),
            (0x05, [0xFE, 0xFF]),
            (0x07, BitConverter.GetBytes(70000)),
            (0x09, BitConverter.GetBytes(-5000000000)),
            (0x0A, BitConverter.GetBytes(ulong.MaxValue)),
            (0x0B, BitConverter.GetBytes(1.5)),
            (0x0C, [4, .. "text"u8]),
            (0x0F, [246, 4, 4, 2, 0x8C, 0x22]),
            (0x0F, [12, 8, 0, 0, 0, 0, 0, 0x58, 0xB5, 0x19]),
            (0x0F, [252, 3, 1, 2, 3]),
            (0x00, s_object[1..]),
        ];
        var data = new List<byte>();
        var entries = new List<byte>();
        foreach (var (type, bytes) in values)
        {
            var isInlined = type is 0x04 or 0x05;
            var offset = new byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(offset, (ushort)(4 + 3 * values.Length + data.Count));
            entries.AddRange([type, .. isInlined ? bytes : offset]);
            if (!isInlined)
                data.AddRange(bytes);
        }
        var size = 4 + entries.Count + data.Count;
        return [0x02, (byte)values.Length, 0, (byte)size, (byte)(size >> 8), .. entries, .. data];
    }
}
