using System.Buffers;
using System.Text;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Values written after json_binary.h: type byte; of containers count, size, keys (offset, length), values (type, offset or the
/// value itself), then what the offsets point to.</summary>
public class JsonTextTests
{
    [Theory]
    [InlineData("0400", "null")]
    [InlineData("0401", "true")]
    [InlineData("0402", "false")]
    [InlineData("05FFFF", "-1")]
    [InlineData("06FFFF", "65535")]
    [InlineData("0700000080", "-2147483648")]
    [InlineData("08FFFFFFFF", "4294967295")]
    [InlineData("090000000000000080", "-9223372036854775808")]
    [InlineData("0AFFFFFFFFFFFFFFFF", "18446744073709551615")]
    [InlineData("0B000000000000F03F", "1.0")]
    [InlineData("0B0000000000000080", "-0.0")]
    [InlineData("0B408CB5781DAF1544", "1e20")]
    [InlineData("0C0461220A01", "\"a\\\"\\n\\u0001\"")]
    [InlineData("0000000400", "{}")]
    [InlineData("0200000400", "[]")]
    [InlineData("0202000A00" + "050100" + "040100", "[1, true]")]
    [InlineData("0001000C00" + "0B000100" + "050100" + "61", "{\"a\": 1}")]
    [InlineData("0FF604" + "0302" + "8105", "1.05")] // DECIMAL(3,2): precision, scale, a byte for the 1 and one for the 05
    [InlineData("0F0F0200FF", "\"base64:type15:AP8=\"")]
    [InlineData("", "null")]
    public void A_value_prints_as_at_the_server(string bytes, string expected) =>
        Assert.Equal(expected, Print(Convert.FromHexString(bytes)));

    [Theory]
    [InlineData("0E00")]
    [InlineData("0403")]
    [InlineData("0C7F61")]
    [InlineData("0201000700" + "020000")] // the element's offset points to its own container
    [InlineData("02FFFF0700" + "020000")]
    [InlineData("0001000B00" + "FF000100" + "050100")]
    public void A_damaged_value_is_refused(string bytes) => Assert.Throws<BinlogFormatException>(() => Print(Convert.FromHexString(bytes)));

    [Fact]
    public void A_value_whose_parts_point_to_each_other_is_refused_before_it_grows()
    {
        // Forty arrays of two elements, both of which are the next array: 2^40 values in a few hundred bytes.
        const int depth = 40,
            size = 10;
        var bytes = new List<byte>();
        for (var i = 0; i < depth; i++)
            bytes.AddRange([2, 0, (byte)(size * (depth - i)), (byte)(size * (depth - i) >> 8), 2, size, 0, 2, size, 0]);
        Assert.Throws<BinlogFormatException>(() => Print([2, .. bytes, 0, 0, 4, 0]));
    }

    private static string Print(byte[] value)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonText.Write(value, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
