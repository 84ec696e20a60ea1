using System.Buffers;
using System.Text;
using FsCheck.Xunit;
using Oms.MySql;
using Oms.Rows;

namespace Oms.Engine.Tests.Rows;

/// <summary>What is recorded of a row can be written back exactly.</summary>
public sealed class RowImageTests
{
    private static readonly ColumnShape[] s_columns =
    [
        new()
        {
            Name = "text",
            DataType = "varchar",
            ColumnType = "varchar(20)",
            CharacterSet = "utf8mb4",
        },
        new()
        {
            Name = "latin",
            DataType = "varchar",
            ColumnType = "varchar(20)",
            CharacterSet = "latin1",
        },
        new()
        {
            Name = "bytes",
            DataType = "blob",
            ColumnType = "blob",
        },
        new()
        {
            Name = "json",
            DataType = "json",
            ColumnType = "json",
        },
        new()
        {
            Name = "number",
            DataType = "decimal",
            ColumnType = "decimal(65,30)",
        },
    ];

    private static byte[] Row(params byte[]?[] values)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            if (value is null)
                TextRow.AppendNull(output);
            else
                TextRow.Append(output, value);
        }
        return output.WrittenSpan.ToArray();
    }

    [Property]
    public bool Any_bytes_come_back_as_they_were(byte[] text, byte[] latin, byte[] bytes, string json)
    {
        var row = Row(text, latin, bytes, Encoding.UTF8.GetBytes(json ?? ""), null);

        return RowImage.ToRow(RowImage.ToJson(s_columns, row), s_columns)!.AsSpan().SequenceEqual(row);
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("-0")]
    [InlineData("18446744073709551615")]
    [InlineData("1.500000000000000000000000000000")]
    [InlineData("1e400")]
    [InlineData("-2.2250738585072014e-308")]
    public void Numbers_keep_every_digit(string number)
    {
        var row = Row(null, null, null, null, Encoding.ASCII.GetBytes(number));

        Assert.Equal(row, RowImage.ToRow(RowImage.ToJson(s_columns, row), s_columns));
    }

    [Fact]
    public void A_text_that_looks_like_bytes_stays_a_text()
    {
        var row = Row("0xCAFE"u8.ToArray(), null, [0xCA, 0xFE], null, null);

        Assert.Equal(row, RowImage.ToRow(RowImage.ToJson(s_columns, row), s_columns));
        Assert.Contains("\"bytes\":\"0xCAFE\"", RowImage.ToJson(s_columns, row), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_without_one_of_the_columns_makes_no_row() => Assert.Null(RowImage.ToRow("{\"text\":\"a\"}", s_columns));
}
