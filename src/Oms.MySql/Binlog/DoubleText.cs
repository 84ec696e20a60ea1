using System.Buffers.Text;
using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>
/// A DOUBLE as the servers print it: the shortest digits that read back as the same value; plain notation where the point stands less than
/// 15 places before the first digit and the number is no integer of more than 15 digits, else <c>1.5e20</c>, <c>1.5e-20</c> (seen the same
/// on MySQL 9.7 and MariaDB 10.11).
/// </summary>
internal static class DoubleText
{
    /// <summary>No value takes more: sign, "0.", 14 zeros, 17 digits.</summary>
    public const int MaxLength = 40;

    private const int PlainDigits = 15;

    /// <summary>Writes the value and returns the length.</summary>
    /// <exception cref="BinlogFormatException">NaN or infinity, which no server stores.</exception>
    public static int Format(double value, Span<byte> output)
    {
        if (!double.IsFinite(value))
            throw new BinlogFormatException("A DOUBLE or FLOAT value is NaN or infinite, which no server stores.");
        Span<byte> digits = stackalloc byte[17];
        var (length, pointAt) = Digits(Math.Abs(value), digits);
        var at = 0;
        if (double.IsNegative(value))
            output[at++] = (byte)'-';
        if (length == 0)
        {
            output[at++] = (byte)'0';
            return at;
        }
        digits = digits[..length];
        if (pointAt <= -PlainDigits || (pointAt > PlainDigits && length <= pointAt))
        {
            output[at++] = digits[0];
            if (length > 1)
            {
                output[at++] = (byte)'.';
                digits[1..].CopyTo(output[at..]);
                at += length - 1;
            }
            output[at++] = (byte)'e';
            Utf8Formatter.TryFormat(pointAt - 1, output[at..], out var written);
            return at + written;
        }
        if (pointAt <= 0)
        {
            output[at++] = (byte)'0';
            output[at++] = (byte)'.';
            output.Slice(at, -pointAt).Fill((byte)'0');
            at += -pointAt;
            digits.CopyTo(output[at..]);
            return at + length;
        }
        if (length <= pointAt)
        {
            digits.CopyTo(output[at..]);
            output.Slice(at + length, pointAt - length).Fill((byte)'0');
            return at + pointAt;
        }
        digits[..pointAt].CopyTo(output[at..]);
        output[at + pointAt] = (byte)'.';
        digits[pointAt..].CopyTo(output[(at + pointAt + 1)..]);
        return at + length + 1;
    }

    // value = 0.DIGITS × 10^PointAt, without trailing zeros.
    private static (int Length, int PointAt) Digits(double value, Span<byte> digits)
    {
        Span<byte> text = stackalloc byte[32];
        value.TryFormat(text, out var written, "R", CultureInfo.InvariantCulture);
        int length = 0,
            pointAt = 0,
            exponent = 0;
        var seenPoint = false;
        for (var i = 0; i < written; i++)
        {
            var c = text[i];
            if (c == '.')
            {
                seenPoint = true;
            }
            else if (c == 'E')
            {
                exponent = int.Parse(text[(i + 1)..written], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                break;
            }
            else if (length == 0 && c == '0')
            {
                pointAt -= seenPoint ? 1 : 0;
            }
            else
            {
                digits[length++] = c;
                pointAt += seenPoint ? 0 : 1;
            }
        }
        pointAt += exponent;
        while (length > 0 && digits[length - 1] == '0')
            length--;
        return (length, pointAt);
    }
}
