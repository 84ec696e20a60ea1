using System.Buffers;
using System.Text;
using FsCheck.Xunit;
using Oms.MySql.Protocol;
using Xunit;

namespace Oms.MySql.Tests.Ado;

public class FieldConversionTests
{
    // Either the very number, or none.
    [Property]
    public void A_number_becomes_another_type_only_whole(long value)
    {
        AssertSame<sbyte>(value);
        AssertSame<byte>(value);
        AssertSame<short>(value);
        AssertSame<ushort>(value);
        AssertSame<int>(value);
        AssertSame<uint>(value);
        AssertSame<ulong>(value);
        Assert.Equal((decimal)value, FieldConversion.To(typeof(decimal), value));
    }

    [Fact]
    public void A_fraction_is_not_cut_off()
    {
        Assert.Equal(6, FieldConversion.To(typeof(int), 6.00m));
        foreach (object value in new object[] { 6.5m, 6.5, 6.5f })
            Assert.Contains("fraction", Assert.Throws<InvalidCastException>(() => FieldConversion.To(typeof(long), value)).Message);
        Assert.Throws<OverflowException>(() => FieldConversion.To(typeof(int), 1e10));
    }

    [Fact]
    public void Times_guids_and_names_have_their_forms()
    {
        var moment = new DateTime(2024, 2, 29, 1, 2, 3);
        Assert.Equal(new DateOnly(2024, 2, 29), FieldConversion.To(typeof(DateOnly), moment));
        Assert.Equal(new DateTimeOffset(moment, TimeSpan.Zero), FieldConversion.To(typeof(DateTimeOffset), moment));
        Assert.Equal(new TimeOnly(1, 2), FieldConversion.To(typeof(TimeOnly), new TimeSpan(1, 2, 0)));
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        Assert.Equal(id, FieldConversion.To(typeof(Guid), id.ToString("N")));
        Assert.Equal(id, FieldConversion.To(typeof(Guid), Convert.FromHexString("00112233445566778899aabbccddeeff")));
        Assert.Equal(DayOfWeek.Friday, FieldConversion.To(typeof(DayOfWeek), "Friday"));
        Assert.Equal(DayOfWeek.Friday, FieldConversion.To(typeof(DayOfWeek), 5UL));
        Assert.Equal(true, FieldConversion.To(typeof(bool), (sbyte)2));
        Assert.Equal('x', FieldConversion.To(typeof(char), "x"));
    }

    [Fact]
    public void The_connection_string_says_what_tiny_integers_guids_and_dates_are()
    {
        var options = new ValueOptions(IsTinyBoolean: true, ConvertsZeroDate: true, DateTimeKind.Utc, MySqlGuidFormat.Char36);
        Assert.Equal(true, Read(ColumnType.Tiny, 45, 1, "1", options));
        Assert.Equal((sbyte)1, Read(ColumnType.Tiny, 45, 4, "1", options));
        Assert.Equal((sbyte)1, Read(ColumnType.Tiny, 45, 1, "1", ValueOptions.Default));
        Assert.Equal(Guid.Empty, Read(ColumnType.String, 45, 144, Guid.Empty.ToString(), options));
        Assert.Equal(Guid.Empty.ToString(), Read(ColumnType.String, 45, 144, Guid.Empty.ToString(), ValueOptions.Default));
        Assert.Equal(
            Guid.Empty,
            Read(ColumnType.String, 63, 16, new string('\0', 16), options with { GuidFormat = MySqlGuidFormat.Binary16 })
        );
        Assert.Equal(DateTime.MinValue, Read(ColumnType.DateTime, 63, 19, "0000-00-00 00:00:00", options));
        Assert.Equal("0000-00-00", Read(ColumnType.Date, 63, 10, "0000-00-00", ValueOptions.Default));
        Assert.Equal("2020-00-00", Read(ColumnType.Date, 63, 10, "2020-00-00", options));
        Assert.Equal(DateTimeKind.Utc, Assert.IsType<DateTime>(Read(ColumnType.DateTime, 63, 19, "2024-01-01 00:00:00", options)).Kind);

        Assert.Equal("'00000000000000000000000000000000'", Literal(Guid.Empty, options with { GuidFormat = MySqlGuidFormat.Char32 }));
        Assert.Equal("_binary'" + new string('\0', 16) + "'", Literal(Guid.Empty, options with { GuidFormat = MySqlGuidFormat.Binary16 }));
        Assert.Throws<NotSupportedException>(() => Literal(DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Local), options));
    }

    private static void AssertSame<T>(long value)
        where T : System.Numerics.INumber<T>
    {
        object? converted = null;
        var error = Record.Exception(() => converted = FieldConversion.To(typeof(T), value));
        Assert.True(
            error is OverflowException
                ? long.CreateSaturating(T.CreateSaturating(value)) != value
                : converted is T number && long.CreateChecked(number) == value
        );
    }

    private static object Read(ColumnType type, ushort characterSet, uint length, string text, ValueOptions options) =>
        ColumnValue.Read(new ResultColumn("c", (byte)type, characterSet, 0, length, 0, "t", "d"), Encoding.UTF8.GetBytes(text), options);

    private static string Literal(object value, ValueOptions options)
    {
        var output = new ArrayBufferWriter<byte>();
        ParameterLiteral.Write(output, new MySqlParameter("p", value), false, options);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
