using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using FsCheck.Xunit;
using Oms.MySql.Protocol;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

public class BinaryRowTests
{
    private const ushort Utf8mb4 = 45;
    private const ushort Binary = 63;

    // A parameter's value and type are written as a row's are: what is sent must read as what was meant.
    [Property]
    public void A_number_reads_as_it_was_sent(
        sbyte tiny,
        ushort small,
        int whole,
        uint positive,
        long big,
        ulong bigger,
        float single,
        double number,
        decimal exact
    )
    {
        AssertRoundTrip(tiny, (byte)tiny, (short)small, small, whole, positive, big, bigger, exact);
        if (float.IsFinite(single))
            AssertRoundTrip(single);
        if (double.IsFinite(number))
            AssertRoundTrip(number);
    }

    [Property]
    public void A_text_and_bytes_read_as_they_were_sent(string? text, byte[] bytes) =>
        AssertRoundTrip(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? "")), bytes, null);

    [Property]
    public void A_date_and_a_time_read_as_they_were_sent_to_the_microsecond(DateTime when, long microseconds)
    {
        var moment = new DateTime(when.Ticks / 10 * 10);
        AssertRoundTrip(moment, moment.Date, new TimeSpan(microseconds % 3_016_800_000_001 * 10));
    }

    [Fact]
    public void Extremes_read_as_they_were_sent() =>
        AssertRoundTrip(
            sbyte.MinValue,
            byte.MaxValue,
            short.MinValue,
            ushort.MaxValue,
            int.MinValue,
            uint.MaxValue,
            long.MinValue,
            ulong.MaxValue,
            float.MaxValue,
            float.Epsilon,
            double.MinValue,
            double.Epsilon,
            -0.1f,
            0.1,
            9999999999999999999999999999m,
            -0.0000000000000000000000000001m,
            DateTime.MinValue,
            new DateTime(9999, 12, 31, 23, 59, 59).AddTicks(9_999_990),
            new TimeSpan(-838, 0, 0),
            TimeSpan.Zero,
            "",
            Array.Empty<byte>()
        );

    [Theory]
    [InlineData(ColumnType.DateTime, 0, "00", "0000-00-00 00:00:00")]
    [InlineData(ColumnType.DateTime, 3, "00", "0000-00-00 00:00:00.000")]
    [InlineData(ColumnType.DateTime, 0, "04E8070000", "2024-00-00 00:00:00")]
    [InlineData(ColumnType.DateTime, 31, "07E807021D0C0D0E", "2024-02-29 12:13:14")]
    [InlineData(ColumnType.Timestamp, 6, "0BE807021D0C0D0E40E20100", "2024-02-29 12:13:14.123456")]
    [InlineData(ColumnType.Timestamp, 2, "0BE807021D0C0D0E40E20100", "2024-02-29 12:13:14.12")]
    [InlineData(ColumnType.DateTime, 31, "0BE807021D0C0D0E40E20100", "2024-02-29 12:13:14.123456")]
    [InlineData(ColumnType.Date, 0, "00", "0000-00-00")]
    [InlineData(ColumnType.Time, 0, "00", "00:00:00")]
    [InlineData(ColumnType.Time, 6, "0C012200000016 3B3B 01000000", "-838:59:59.000001")]
    [InlineData(ColumnType.Time, 0, "08000000000001 02 03", "01:02:03")]
    [InlineData(ColumnType.Year, 0, "0000", "0000")]
    [InlineData(ColumnType.Year, 0, "6B08", "2155")]
    [InlineData(ColumnType.Float, 31, "CDCCCC3D", "0.1")]
    [InlineData(ColumnType.Float, 31, "FFFF7F7F", "3.4028235e38")]
    [InlineData(ColumnType.Double, 31, "9A9999999999B93F", "0.1")]
    public void A_value_has_the_text_of_the_text_protocol(object type, byte decimals, string bytes, string text)
    {
        var flags = (ColumnType)type == ColumnType.Year ? ColumnFlags.ZeroFill | ColumnFlags.Unsigned : ColumnFlags.None;
        Assert.Equal(
            text,
            Text(
                Column((ColumnType)type, Utf8mb4, flags, 4, decimals),
                Convert.FromHexString("0000" + bytes.Replace(" ", "", StringComparison.Ordinal))
            )
        );
    }

    [Theory]
    [InlineData(ColumnType.Long, "0000010203")]
    [InlineData(ColumnType.Long, "00000102030405")]
    [InlineData(ColumnType.Long, "0100")]
    [InlineData(ColumnType.Long, "00")]
    [InlineData(ColumnType.Date, "000003010101")]
    [InlineData(ColumnType.DateTime, "000007E807641D0C0D0E")]
    [InlineData(ColumnType.Time, "00000801FFFF")]
    [InlineData(ColumnType.Double, "0000FFFFFFFFFFFFFFFF")]
    [InlineData(ColumnType.VarString, "000005AA")]
    public void A_damaged_row_is_a_protocol_error(object type, string row) =>
        Assert.Equal(
            ClientError.MalformedPacket,
            Assert.Throws<MySqlException>(() => Text(Column((ColumnType)type, Utf8mb4), Convert.FromHexString(row))).Number
        );

    [Property(MaxTest = 500)]
    public bool Whatever_comes_is_a_row_or_a_protocol_error(byte[] types, byte[] row)
    {
        ResultColumn[] columns = [.. types.Select(t => Column((ColumnType)t, Utf8mb4, (ColumnFlags)t, (uint)(t << 20), (byte)(t % 33)))];
        var output = new ArrayBufferWriter<byte>();
        var error = Record.Exception(() => BinaryRow.WriteAsText([0, .. row], columns, output));
        if (error is null)
        {
            var reader = new TextRow(output.WrittenSpan);
            foreach (var column in columns)
            {
                Assert.True(reader.TryRead(out var value, out var isNull));
                var bytes = value.ToArray();
                Assert.True(
                    isNull || Record.Exception(() => ColumnValue.Read(column, bytes, ValueOptions.Default)) is null or MySqlException
                );
            }
        }
        return error is null or MySqlException;
    }

    [Fact]
    public void Many_nulls_lie_where_the_bitmap_says()
    {
        ResultColumn[] columns = [.. Enumerable.Range(0, 20).Select(_ => Column(ColumnType.Tiny, Utf8mb4))];
        var output = new ArrayBufferWriter<byte>();
        // Every third column has its number, the others are NULL.
        var bitmap = new byte[3];
        foreach (var i in Enumerable.Range(0, 20).Where(i => i % 3 != 0))
            bitmap[(i + 2) / 8] |= (byte)(1 << (i + 2) % 8);
        BinaryRow.WriteAsText([0, .. bitmap, 0, 3, 6, 9, 12, 15, 18], columns, output);
        var row = new TextRow(output.WrittenSpan);
        for (var i = 0; i < 20; i++)
        {
            Assert.True(row.TryRead(out var value, out var isNull));
            Assert.Equal(i % 3 != 0 ? null : $"{i}", isNull ? null : Encoding.ASCII.GetString(value));
        }
    }

    [Fact]
    public void An_execution_is_laid_out_as_documented()
    {
        using var buffer = new PooledBuffer();
        ExecuteArguments.Write(buffer, 7, [new("a", 1), new("b", null), new("c", "xy")], ValueOptions.Default);
        Assert.Equal(
            Convert.FromHexString("07000000 00 01000000 02 01 0300 0600 FD00 01000000 02 7879".Replace(" ", "", StringComparison.Ordinal)),
            buffer.WrittenMemory.ToArray()
        );
        using var empty = new PooledBuffer();
        ExecuteArguments.Write(empty, 1, [], ValueOptions.Default);
        Assert.Equal([1, 0, 0, 0, 0, 1, 0, 0, 0], empty.WrittenMemory.ToArray());
    }

    [Fact]
    public void Values_without_a_form_of_their_own_go_as_text_or_number()
    {
        Assert.Equal(
            (ColumnType.VarString, "00112233-4455-6677-8899-aabbccddeeff"),
            Sent(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"))
        );
        Assert.Equal((ColumnType.VarString, "ж"), Sent('ж'));
        Assert.Equal((ColumnType.VarString, "839:00:00.000000"), Sent(TimeSpan.FromHours(839)));
        Assert.Equal(
            (ColumnType.NewDecimal, "-123456789012345678901234567890"),
            Sent(BigInteger.Parse("-123456789012345678901234567890", System.Globalization.CultureInfo.InvariantCulture))
        );
        AssertSame(5L, DayOfWeek.Friday);
        AssertSame(new DateTime(2024, 1, 1), new DateTimeOffset(2024, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)));
        AssertSame(new DateTime(2024, 2, 29), new DateOnly(2024, 2, 29));
        AssertSame(new TimeSpan(23, 59, 1), new TimeOnly(23, 59, 1));
        AssertSame((sbyte)1, true);
        Assert.Throws<NotSupportedException>(() => Sent(double.NaN));
        Assert.Contains("'p'", Assert.Throws<NotSupportedException>(() => Sent(new Version())).Message);
    }

    private static (ColumnType Type, string Text) Sent(object value)
    {
        var output = new ArrayBufferWriter<byte>();
        var type = ParameterValue.Write(output, new MySqlParameter("p", value), ValueOptions.Default);
        return ((ColumnType)type, Encoding.UTF8.GetString(new PayloadReader(output.WrittenSpan).LengthEncodedBytes()));
    }

    private static void AssertSame(object expected, object sent) => Assert.Equal(expected, Read(sent));

    private static void AssertRoundTrip(params object?[] values)
    {
        foreach (var value in values)
            Assert.Equal(value ?? DBNull.Value, Read(value));
    }

    private static object Read(object? value)
    {
        var sent = new ArrayBufferWriter<byte>();
        var type = ParameterValue.Write(sent, new MySqlParameter("p", value), ValueOptions.Default);
        var column = Column(
            (ColumnType)(type & 0xFF),
            value is byte[] ? Binary : Utf8mb4,
            (type & 0x8000) != 0 ? ColumnFlags.Unsigned : ColumnFlags.None,
            decimals: 6
        );
        byte[] row = [0, (byte)(value is null ? 1 << 2 : 0), .. sent.WrittenSpan];
        var output = new ArrayBufferWriter<byte>();
        BinaryRow.WriteAsText(row, [column], output);
        return TextRow.TryGet(output.WrittenSpan, 0, out var text) ? ColumnValue.Read(column, text, ValueOptions.Default) : DBNull.Value;
    }

    private static string Text(ResultColumn column, byte[] row)
    {
        var output = new ArrayBufferWriter<byte>();
        BinaryRow.WriteAsText(row, [column], output);
        TextRow.TryGet(output.WrittenSpan, 0, out var text);
        return Encoding.UTF8.GetString(text);
    }

    private static ResultColumn Column(
        ColumnType type,
        ushort characterSet,
        ColumnFlags flags = ColumnFlags.None,
        uint length = 0,
        byte decimals = 0
    ) => new("c", (byte)type, characterSet, (ushort)flags, length, decimals, "t", "d");
}
