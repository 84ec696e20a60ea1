using System.Buffers;
using System.Text;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Single values by hand; the comparison with the servers' own SELECT is in the integration tests.</summary>
public class RowDecoderTests
{
    [Fact]
    public void A_row_that_MySQL_logged_decodes_to_the_text_that_it_prints()
    {
        var format = SampleLog.Format;
        var decoder = new RowDecoder(TableMap.Parse(format.Body(SampleLog.MySqlTableMap).Span, format), SampleLog.MySqlShapes);
        var rows = RowsEvent.Parse(format.Body(SampleLog.MySqlWriteRows), BinlogEventType.WriteRowsV2, format);
        Assert.True(rows.HasAllColumns);
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(rows.Rows.Length, decoder.Decode(rows.Rows.Span, 0, output));
        Assert.Equal(
            [
                "1",
                "2",
                "3",
                "5",
                "2",
                "3",
                "X'E6100000010100000000000000000000400000000000" + "00F03F'",
                "257",
                "0.10000000149011612",
                "1.5",
                "1.1",
                "1e20",
                "1.50000",
                "7",
                "{\"a\": 1}",
                "X'6162000000'",
                "X'0000803F0000004000004040'",
                "4",
            ],
            Texts(output.WrittenSpan)
        );
    }

    // Each value: type code, metadata, column, bytes, text.
    [Theory]
    [InlineData(ColumnTypeCode.Tiny, "", "tinyint", "tinyint", "80", "-128")]
    [InlineData(ColumnTypeCode.Tiny, "", "tinyint", "tinyint unsigned", "FF", "255")]
    [InlineData(ColumnTypeCode.Int24, "", "mediumint", "mediumint", "000080", "-8388608")]
    [InlineData(ColumnTypeCode.Int24, "", "mediumint", "mediumint unsigned", "FFFFFF", "16777215")]
    [InlineData(ColumnTypeCode.LongLong, "", "bigint", "bigint(20) unsigned", "FFFFFFFFFFFFFFFF", "18446744073709551615")]
    [InlineData(ColumnTypeCode.LongLong, "", "bigint", "bigint", "0000000000000080", "-9223372036854775808")]
    [InlineData(ColumnTypeCode.Float, "04", "float", "float", "00008000", "1.1754943508222875e-38")]
    [InlineData(ColumnTypeCode.Double, "08", "double", "double", "0000000000000080", "-0")]
    [InlineData(ColumnTypeCode.NewDecimal, "0402", "decimal", "decimal(4,2)", "8C22", "12.34")] // 12 and 34, a byte each, the first bit inverted
    [InlineData(ColumnTypeCode.NewDecimal, "0402", "decimal", "decimal(4,2)", "73DD", "-12.34")] // every bit of the former inverted
    [InlineData(ColumnTypeCode.NewDecimal, "0402", "decimal", "decimal(4,2)", "8000", "0.00")]
    [InlineData(ColumnTypeCode.Bit, "0101", "bit", "bit(9)", "01FF", "511")]
    [InlineData(ColumnTypeCode.Year, "", "year", "year(4)", "00", "0000")]
    [InlineData(ColumnTypeCode.Year, "", "year", "year(4)", "FF", "2155")]
    [InlineData(ColumnTypeCode.Year, "", "year", "year(2)", "64", "00")]
    [InlineData(ColumnTypeCode.Date, "", "date", "date", "5DD00F", "2024-02-29")] // 29 | 2 << 5 | 2024 << 9
    [InlineData(ColumnTypeCode.Date, "", "date", "date", "000000", "0000-00-00")]
    [InlineData(ColumnTypeCode.Time2, "00", "time", "time", "B46EFB", "838:59:59")] // 0x800000 + (838 << 12 | 59 << 6 | 59)
    [InlineData(ColumnTypeCode.Time2, "00", "time", "time", "4B9105", "-838:59:59")]
    [InlineData(ColumnTypeCode.Time2, "02", "time", "time(2)", "7FFFFFFF", "-00:00:00.01")] // -1 in units of 1/256 s is the fraction 1
    [InlineData(ColumnTypeCode.Time2, "06", "time", "time(6)", "800000000001", "00:00:00.000001")]
    [InlineData(ColumnTypeCode.DateTime2, "00", "datetime", "datetime", "8000000000", "0000-00-00 00:00:00")]
    [InlineData(ColumnTypeCode.DateTime2, "01", "datetime", "datetime(1)", "FEF3FF7EFB5A", "9999-12-31 23:59:59.9")] // (9999 × 13 + 12) << 22 | 31 << 17 | …, 90 hundredths
    [InlineData(ColumnTypeCode.Timestamp2, "03", "timestamp", "timestamp(3)", "000000000000", "0000-00-00 00:00:00.000")]
    [InlineData(ColumnTypeCode.Timestamp2, "00", "timestamp", "timestamp", "7FFFFFFF", "2038-01-19 03:14:07")]
    [InlineData(ColumnTypeCode.Timestamp2, "00", "timestamp", "timestamp", "FFFFFFFF", "2106-02-07 06:28:15")]
    [InlineData(ColumnTypeCode.Time, "", "time", "time", "590A80", "-838:59:59")] // the number -8385959
    [InlineData(ColumnTypeCode.DateTime, "", "datetime", "datetime", "4045354F43120000", "2008-03-01 00:00:00")]
    [InlineData(ColumnTypeCode.Timestamp, "", "timestamp", "timestamp", "01000000", "1970-01-01 00:00:01")]
    [InlineData(ColumnTypeCode.VarChar, "0A00", "varchar", "varchar(10)", "0361C3A9", "aé")]
    [InlineData(ColumnTypeCode.VarChar, "2C01", "varchar", "varchar(75)", "010061", "a")]
    [InlineData(ColumnTypeCode.String, "FE05", "binary", "binary(5)", "0161", "X'6100000000'")]
    [InlineData(ColumnTypeCode.String, "EEFC", "char", "char(255)", "010061", "a")] // 1020 bytes: bits 8 and 9 inverted in the type
    [InlineData(ColumnTypeCode.String, "F701", "enum", "enum('a')", "01", "1")]
    [InlineData(ColumnTypeCode.String, "F808", "set", "set('a')", "FFFFFFFFFFFFFFFF", "18446744073709551615")]
    [InlineData(ColumnTypeCode.String, "FE04", "inet4", "inet4", "020A14", "10.20.0.0")]
    [InlineData(ColumnTypeCode.String, "FE10", "inet6", "inet6", "1000000000000000000000FFFF01020304", "::ffff:1.2.3.4")]
    [InlineData(ColumnTypeCode.String, "FE10", "inet6", "inet6", "0420010DB8", "2001:db8::")]
    [InlineData(
        ColumnTypeCode.String,
        "FE10",
        "uuid",
        "uuid",
        "100123456789AB1DEF8123456789ABCDEF",
        "01234567-89ab-1def-8123-456789abcdef"
    )]
    [InlineData(ColumnTypeCode.Blob, "02", "text", "text", "0100FB", "X'FB'")]
    [InlineData(ColumnTypeCode.MariaDbVarCharCompressed, "6500", "varchar", "varchar(100) /*M!100301 COMPRESSED*/", "03007878", "xx")]
    [InlineData(
        ColumnTypeCode.MariaDbBlobCompressed,
        "02",
        "blob",
        "blob /*M!100301 COMPRESSED*/",
        "08008964" + "4B4CA43D0000",
        "X'" + Hundred + "'"
    )] // as MariaDB 10.11 wrote REPEAT('a', 100)
    [InlineData(ColumnTypeCode.Json, "04", "json", "json", "0D000000" + "00" + "01000C000B00010005010061", "{\"a\": 1}")]
    public void A_value_decodes_to_its_text(
        object type,
        string metadata,
        string dataType,
        string columnType,
        string bytes,
        string expected
    ) => Assert.Equal(expected, Decode(type, metadata, dataType, columnType, "00" + bytes));

    private const string Hundred =
        "61616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161";

    [Fact]
    public void NULL_takes_a_bit_and_no_bytes() => Assert.Equal("NULL", Decode(ColumnTypeCode.Long, "", "int", "int", "01"));

    [Theory]
    [InlineData(ColumnTypeCode.Long, "", "bigint", "bigint", "its definition was changed")]
    [InlineData(ColumnTypeCode.NewDecimal, "0A02", "decimal", "decimal(10,3)", "DECIMAL(10,2)")]
    [InlineData(ColumnTypeCode.DateTime2, "03", "datetime", "datetime(6)", "DATETIME(3)")]
    [InlineData(ColumnTypeCode.VarChar, "0A00", "varchar", "varchar(20)", "10 bytes", 20L)]
    [InlineData(ColumnTypeCode.Time, "", "time", "time(3)", "mysql56_temporal_format=ON")]
    [InlineData(ColumnTypeCode.Blob, "02", "longblob", "longblob", "BLOB")]
    public void A_map_that_does_not_fit_the_schema_is_refused_by_column_and_type(
        object type,
        string metadata,
        string dataType,
        string columnType,
        string expected,
        long? octets = null
    )
    {
        var error = Assert.Throws<BinlogFormatException>(() =>
            new RowDecoder(
                SampleLog.Map([(byte)(ColumnTypeCode)type], Convert.FromHexString(metadata)),
                [SampleLog.Shape("price", dataType, columnType, octets)]
            )
        );
        Assert.Contains("`price`", error.Message, StringComparison.Ordinal);
        Assert.Contains("`db`.`t`", error.Message, StringComparison.Ordinal);
        Assert.Contains(columnType, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_number_or_other_names_of_columns_are_refused()
    {
        var map = TableMap.Parse(SampleLog.Format.Body(SampleLog.MySqlTableMap).Span, SampleLog.Format);
        Assert.Contains(
            "18 columns in the log and 17 in the schema",
            Assert.Throws<BinlogFormatException>(() => new RowDecoder(map, SampleLog.MySqlShapes[1..])).Message,
            StringComparison.Ordinal
        );
        ColumnShape[] renamed = [.. SampleLog.MySqlShapes];
        renamed[2] = renamed[2] with { Name = "other" };
        Assert.Contains(
            "`gs` in the log and `other` in the schema",
            Assert.Throws<BinlogFormatException>(() => new RowDecoder(map, renamed)).Message,
            StringComparison.Ordinal
        );
        renamed[2] = SampleLog.MySqlShapes[2] with { ColumnType = "int unsigned" };
        Assert.Contains(
            "signed in the log",
            Assert.Throws<BinlogFormatException>(() => new RowDecoder(map, renamed)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(ColumnTypeCode.Long, "", "int", "int", "00010203")]
    [InlineData(ColumnTypeCode.VarChar, "0A00", "varchar", "varchar(10)", "000561")]
    [InlineData(ColumnTypeCode.Double, "08", "double", "double", "00000000000000F07F")]
    [InlineData(ColumnTypeCode.NewDecimal, "0900", "decimal", "decimal(9,0)", "00FFFFFFFF")]
    [InlineData(ColumnTypeCode.Long, "", "int", "int", "")]
    public void A_row_that_ends_early_or_holds_the_impossible_is_refused(
        object type,
        string metadata,
        string dataType,
        string columnType,
        string row
    ) => Assert.Throws<BinlogFormatException>(() => Decode(type, metadata, dataType, columnType, row));

    [Fact]
    public void A_column_that_the_images_do_not_hold_is_NULL_and_takes_no_bit()
    {
        var decoder = new RowDecoder(SampleLog.Map([3, 3, 3, 3], []), [.. "abcd".Select(c => SampleLog.Shape($"{c}", "int", "int"))]);
        var output = new ArrayBufferWriter<byte>();
        // a, c and d are there; d is NULL.
        byte[] image = [0b100, 1, 0, 0, 0, 3, 0, 0, 0];
        Assert.Equal(image.Length, decoder.DecodeSome(image, 0, [0b1101], output));
        Assert.Equal(["1", "NULL", "3", "NULL"], Texts(output.WrittenSpan));
        Assert.Throws<BinlogFormatException>(() => decoder.DecodeSome(image.AsSpan(0, 8), 0, [0b1101], output));
        Assert.Throws<BinlogFormatException>(() => decoder.DecodeSome([], 0, [0b1101], output));
    }

    [Fact]
    public void The_hashes_of_long_unique_keys_behind_the_columns_are_passed_over()
    {
        ColumnShape[] shapes = [SampleLog.Shape("a", "int", "int"), SampleLog.Shape("b", "int", "int")];
        var decoder = new RowDecoder(SampleLog.Map([3, 3, 8, 8], []), shapes, new HiddenColumns(1, 2));
        var output = new ArrayBufferWriter<byte>();
        byte[] image = [0b1010, 1, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9]; // b and the second hash are NULL
        Assert.Equal(image.Length, decoder.Decode(image, 0, output));
        Assert.Equal(["1", "NULL"], Texts(output.WrittenSpan));
        Assert.Throws<BinlogFormatException>(() => decoder.Decode(image.AsSpan(0, 12), 0, output));
        // An image without generated columns has no hashes either; or it has one of them.
        output.ResetWrittenCount();
        Assert.Equal(9, decoder.DecodeSome([0, 1, 0, 0, 0, 2, 0, 0, 0], 0, [0b0011], output));
        Assert.Equal(13, decoder.DecodeSome([0b10, 1, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9], 0, [0b1011], output));
        Assert.Equal(["1", "2", "1", "NULL"], Texts(output.WrittenSpan));
    }

    [Theory]
    [InlineData(new byte[] { 3, 8 }, 0, 0, "2 columns in the log and 1 in the schema")]
    [InlineData(new byte[] { 3, 8, 8 }, 0, 1, "3 columns in the log and 1 in the schema, with 0 to 1 hidden")]
    [InlineData(new byte[] { 3 }, 1, 1, "1 columns in the log and 1 in the schema, with 1 hidden")]
    [InlineData(new byte[] { 3, 3 }, 0, 1, "Column 2 of table `db`.`t` is not in the schema, and it is no hidden column")]
    [InlineData(new byte[] { 8, 3 }, 1, 1, "Column 2 of table `db`.`t` is not in the schema, and it is no hidden column")]
    public void A_column_more_that_no_key_explains_is_refused(byte[] types, int least, int most, string expected)
    {
        var error = Assert.Throws<BinlogFormatException>(() =>
            new RowDecoder(SampleLog.Map(types, []), [SampleLog.Shape("a", "int", "int")], new HiddenColumns(least, most))
        );
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static string Decode(object type, string metadata, string dataType, string columnType, string row)
    {
        var decoder = new RowDecoder(
            SampleLog.Map([(byte)(ColumnTypeCode)type], Convert.FromHexString(metadata)),
            [SampleLog.Shape("c", dataType, columnType)]
        );
        var output = new ArrayBufferWriter<byte>();
        var bytes = Convert.FromHexString(row);
        Assert.Equal(bytes.Length, decoder.Decode(bytes, 0, output));
        return Texts(output.WrittenSpan).Single();
    }

    private static List<string> Texts(ReadOnlySpan<byte> row)
    {
        var texts = new List<string>();
        var reader = new TextRow(row);
        while (reader.TryRead(out var value, out var isNull))
        {
            var isText = value.IndexOfAnyInRange((byte)0, (byte)31) < 0 && System.Text.Unicode.Utf8.IsValid(value);
            texts.Add(
                isNull ? "NULL"
                : isText && value.Length < 100 ? Encoding.UTF8.GetString(value)
                : $"X'{Convert.ToHexString(value)}'"
            );
        }
        return texts;
    }
}
