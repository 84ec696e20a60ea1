using System.Buffers.Binary;

namespace Oms.MySql.Binlog;

/// <summary>
/// Dates and times of the log as the servers print them in time zone +00:00
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Rows__event.html; packed forms: my_time.cc's
/// description of the binary formats).
/// </summary>
internal static class TemporalText
{
    /// <summary>A DATETIME(6); the greatest TIME is shorter.</summary>
    public const int MaxLength = 26;

    private const int MaxDecimals = 6;

    /// <summary>Bytes of the fraction of a second.</summary>
    /// <exception cref="BinlogFormatException">More than 6 decimals.</exception>
    public static int FractionSize(int decimals) =>
        decimals is >= 0 and <= MaxDecimals
            ? (decimals + 1) / 2
            : throw new BinlogFormatException($"A temporal column has {decimals} decimals of a second; {MaxDecimals} is the most.");

    /// <summary>DATE: day in 5 bits, month in 4, year.</summary>
    public static int Date(ReadOnlySpan<byte> value, Span<byte> output)
    {
        var packed = value[0] | value[1] << 8 | value[2] << 16;
        return Date(output, packed >> 9, packed >> 5 & 0xF, packed & 0x1F);
    }

    /// <summary>TIME(n): a number of 3 bytes and the fraction's, biased so that negative times sort first; hours from bit 12, minutes from
    /// bit 6, seconds.</summary>
    public static int Time2(ReadOnlySpan<byte> value, int decimals, Span<byte> output)
    {
        var fractionBits = 8 * (value.Length - 3);
        var packed = BigEndian(value) - (1L << (23 + fractionBits));
        var magnitude = Math.Abs(packed);
        var seconds = (int)(magnitude >> fractionBits);
        return Time(
            output,
            packed < 0,
            seconds >> 12,
            seconds >> 6 & 0x3F,
            seconds & 0x3F,
            (int)(magnitude & ((1L << fractionBits) - 1)),
            decimals
        );
    }

    /// <summary>DATETIME(n): 5 bytes, biased: year × 13 + month from bit 22, day from 17, hour from 12, minute from 6, second; then the
    /// fraction.</summary>
    public static int DateTime2(ReadOnlySpan<byte> value, int decimals, Span<byte> output)
    {
        var packed = BigEndian(value[..5]) - (1L << 39);
        if (packed < 0)
            throw new BinlogFormatException("A DATETIME value is negative.");
        return DateTime(output, packed, (int)BigEndian(value[5..]), decimals);
    }

    /// <summary>TIMESTAMP(n): 4 bytes of seconds since 1970 (0: the zero date), then the fraction.</summary>
    public static int Timestamp2(ReadOnlySpan<byte> value, int decimals, Span<byte> output) =>
        Timestamp(output, BinaryPrimitives.ReadUInt32BigEndian(value), (int)BigEndian(value[4..]), decimals);

    /// <summary>TIME before MySQL 5.6: the decimal digits HHMMSS as a number.</summary>
    public static int OldTime(ReadOnlySpan<byte> value, Span<byte> output)
    {
        var number = (value[0] | value[1] << 8 | value[2] << 16) << 8 >> 8;
        var magnitude = Math.Abs(number);
        return Time(output, number < 0, magnitude / 10000, magnitude / 100 % 100, magnitude % 100, 0, 0);
    }

    /// <summary>DATETIME before MySQL 5.6: the decimal digits YYYYMMDDHHMMSS as a number.</summary>
    public static int OldDateTime(ReadOnlySpan<byte> value, Span<byte> output)
    {
        var number = BinaryPrimitives.ReadUInt64LittleEndian(value);
        if (number > 99991231235959)
            throw new BinlogFormatException($"A DATETIME value is {number}, which is no date.");
        var (date, time) = ((int)(number / 1000000), (int)(number % 1000000));
        var at = Date(output, date / 10000, date / 100 % 100, date % 100);
        output[at++] = (byte)' ';
        return at + Time(output[at..], false, time / 10000, time / 100 % 100, time % 100, 0, 0);
    }

    /// <summary>TIMESTAMP before MySQL 5.6: seconds since 1970.</summary>
    public static int OldTimestamp(ReadOnlySpan<byte> value, Span<byte> output) =>
        Timestamp(output, BinaryPrimitives.ReadUInt32LittleEndian(value), 0, 0);

    /// <summary>The 64 bits in which MySQL's JSON keeps a date and time: that of <see cref="DateTime2"/> with 24 bits of microseconds below
    /// it.</summary>
    public static int PackedDateTime(long packed, int decimals, Span<byte> output) =>
        DateTime(output, packed >> 24, (int)(packed & 0xFFFFFF), decimals);

    /// <summary>The date of <see cref="PackedDateTime"/>.</summary>
    public static int PackedDate(long packed, Span<byte> output)
    {
        var day = (int)(packed >> 41);
        return Date(output, (day >> 5) / 13, (day >> 5) % 13, day & 0x1F);
    }

    /// <summary>The 64 bits in which MySQL's JSON keeps a time.</summary>
    public static int PackedTime(long packed, int decimals, Span<byte> output)
    {
        var magnitude = Math.Abs(packed);
        var seconds = (int)(magnitude >> 24);
        return Time(output, packed < 0, seconds >> 12 & 0x3FF, seconds >> 6 & 0x3F, seconds & 0x3F, (int)(magnitude & 0xFFFFFF), decimals);
    }

    private static int DateTime(Span<byte> output, long packed, int fraction, int decimals)
    {
        var yearMonth = (int)(packed >> 22);
        var at = Date(output, yearMonth / 13, yearMonth % 13, (int)(packed >> 17) & 0x1F);
        output[at++] = (byte)' ';
        return at
            + Time(output[at..], false, (int)(packed >> 12) & 0x1F, (int)(packed >> 6) & 0x3F, (int)packed & 0x3F, fraction, decimals);
    }

    private static int Timestamp(Span<byte> output, uint seconds, int fraction, int decimals)
    {
        int at;
        if (seconds == 0 && fraction == 0)
        {
            at = Date(output, 0, 0, 0);
            output[at++] = (byte)' ';
            return at + Time(output[at..], false, 0, 0, 0, 0, decimals);
        }
        var (days, inDay) = ((int)(seconds / 86400), (int)(seconds % 86400));
        var date = DateOnly.FromDayNumber(DayNumberOf1970 + days);
        at = Date(output, date.Year, date.Month, date.Day);
        output[at++] = (byte)' ';
        return at + Time(output[at..], false, inDay / 3600, inDay / 60 % 60, inDay % 60, fraction, decimals);
    }

    private static readonly int DayNumberOf1970 = new DateOnly(1970, 1, 1).DayNumber;

    private static int Date(Span<byte> output, int year, int month, int day)
    {
        if (year > 9999)
            throw new BinlogFormatException($"A date is in the year {year}, which no server stores.");
        Digits(output, year, 4);
        output[4] = (byte)'-';
        Digits(output[5..], month, 2);
        output[7] = (byte)'-';
        Digits(output[8..], day, 2);
        return 10;
    }

    private static int Time(Span<byte> output, bool isNegative, int hour, int minute, int second, int fraction, int decimals)
    {
        var at = 0;
        if (isNegative)
            output[at++] = (byte)'-';
        var hourDigits =
            hour < 100 ? 2
            : hour < 1000 ? 3
            : throw new BinlogFormatException($"A time has {hour} hours, which no server stores.");
        Digits(output[at..], hour, hourDigits);
        at += hourDigits;
        output[at++] = (byte)':';
        Digits(output[at..], minute, 2);
        output[at + 2] = (byte)':';
        Digits(output[(at + 3)..], second, 2);
        at += 5;
        if (decimals == 0)
            return at;
        output[at++] = (byte)'.';
        // One to six decimals are kept as two, four or six.
        Digits(output[at..], (decimals & 1) == 0 ? fraction : fraction / 10, decimals);
        return at + decimals;
    }

    private static void Digits(Span<byte> output, int number, int count)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            output[i] = (byte)('0' + number % 10);
            number /= 10;
        }
    }

    private static long BigEndian(ReadOnlySpan<byte> bytes)
    {
        long number = 0;
        foreach (var b in bytes)
            number = number << 8 | b;
        return number;
    }
}
