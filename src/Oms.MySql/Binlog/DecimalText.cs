namespace Oms.MySql.Binlog;

/// <summary>
/// A DECIMAL's storage format as text: groups of nine digits in four bytes, most significant first, the odd digits of both ends in fewer
/// bytes; the first bit inverted, and of negative numbers every bit
/// (https://dev.mysql.com/doc/refman/8.4/en/precision-math-decimal-characteristics.html).
/// </summary>
internal static class DecimalText
{
    /// <summary>65 digits, sign, point, and a zero before the point.</summary>
    public const int MaxLength = 70;

    private const int DigitsInGroup = 9,
        MaxPrecision = 65,
        MaxScale = 38;

    private static ReadOnlySpan<byte> BytesOfDigits => [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

    /// <summary>Bytes of a value.</summary>
    /// <exception cref="BinlogFormatException">There is no such DECIMAL.</exception>
    public static int Size(int precision, int scale)
    {
        if (precision is < 1 or > MaxPrecision || scale > MaxScale || scale > precision)
            throw new BinlogFormatException($"There is no DECIMAL({precision},{scale}).");
        var whole = precision - scale;
        return whole / DigitsInGroup * 4
            + BytesOfDigits[whole % DigitsInGroup]
            + scale / DigitsInGroup * 4
            + BytesOfDigits[scale % DigitsInGroup];
    }

    /// <summary>Writes the value and returns the length.</summary>
    /// <exception cref="BinlogFormatException">A group of digits is out of range.</exception>
    public static int Format(ReadOnlySpan<byte> value, int precision, int scale, Span<byte> output)
    {
        Span<byte> bytes = stackalloc byte[value.Length];
        value.CopyTo(bytes);
        var at = 0;
        bytes[0] ^= 0x80;
        if ((value[0] & 0x80) == 0)
        {
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)~bytes[i];
            output[at++] = (byte)'-';
        }
        var whole = precision - scale;
        var start = at;
        var position = Group(bytes, 0, whole % DigitsInGroup, output, ref at);
        for (var i = 0; i < whole / DigitsInGroup; i++)
            position = Group(bytes, position, DigitsInGroup, output, ref at);
        var zeros = output[start..at].IndexOfAnyExcept((byte)'0');
        if (zeros < 0)
        {
            output[start] = (byte)'0';
            at = start + 1;
        }
        else if (zeros > 0)
        {
            output[(start + zeros)..at].CopyTo(output[start..]);
            at -= zeros;
        }
        if (scale == 0)
            return at;
        output[at++] = (byte)'.';
        for (var i = 0; i < scale / DigitsInGroup; i++)
            position = Group(bytes, position, DigitsInGroup, output, ref at);
        Group(bytes, position, scale % DigitsInGroup, output, ref at);
        return at;
    }

    private static int Group(ReadOnlySpan<byte> bytes, int position, int digits, Span<byte> output, ref int at)
    {
        if (digits == 0)
            return position;
        int size = BytesOfDigits[digits];
        uint number = 0;
        foreach (var b in bytes.Slice(position, size))
            number = number << 8 | b;
        var target = output.Slice(at, digits);
        for (var i = digits - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + number % 10);
            number /= 10;
        }
        if (number != 0)
            throw new BinlogFormatException("A DECIMAL value has a group of digits that is out of range.");
        at += digits;
        return position + size;
    }
}
