using System.Globalization;
using System.Text;
using FsCheck.Xunit;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

public class DoubleTextTests
{
    // As MySQL 9.7 and MariaDB 10.11 print them.
    [Theory]
    [InlineData(0, "0")]
    [InlineData(100, "100")]
    [InlineData(1e14, "100000000000000")]
    [InlineData(1e15, "1e15")]
    [InlineData(999999999999999, "999999999999999")]
    [InlineData(1234567890123456, "1.234567890123456e15")]
    [InlineData(1234567890123456.5, "1234567890123456.5")]
    [InlineData(1e20, "1e20")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e-15, "0.000000000000001")]
    [InlineData(1e-16, "1e-16")]
    [InlineData(-1.5e-20, "-1.5e-20")]
    [InlineData(double.MaxValue, "1.7976931348623157e308")]
    [InlineData(double.Epsilon, "5e-324")]
    public void A_double_prints_as_at_the_servers(double value, string expected) => Assert.Equal(expected, Print(value));

    [Property(MaxTest = 2000)]
    public void Every_double_is_read_back(long bits)
    {
        var value = BitConverter.Int64BitsToDouble(bits);
        if (!double.IsFinite(value))
            Assert.Throws<BinlogFormatException>(() => Print(value));
        else
            Assert.Equal(bits, BitConverter.DoubleToInt64Bits(double.Parse(Print(value), CultureInfo.InvariantCulture)));
    }

    private static string Print(double value)
    {
        var output = new byte[DoubleText.MaxLength];
        return Encoding.ASCII.GetString(output, 0, DoubleText.Format(value, output));
    }
}
