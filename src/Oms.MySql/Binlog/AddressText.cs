using System.Buffers.Binary;
using System.Buffers.Text;

namespace Oms.MySql.Binlog;

/// <summary>MariaDB's INET4, INET6 and UUID, which its log carries as the bytes of the value in the order of its text, as that
/// text.</summary>
internal static class AddressText
{
    public static int FormatInet4(ReadOnlySpan<byte> value, Span<byte> output)
    {
        var at = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (i > 0)
                output[at++] = (byte)'.';
            Utf8Formatter.TryFormat(value[i], output[at..], out var written);
            at += written;
        }
        return at;
    }

    /// <summary>The longest run of zero groups, even of one, as "::"; addresses that hold an IPv4 address end with it.</summary>
    public static int FormatInet6(ReadOnlySpan<byte> value, Span<byte> output)
    {
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < groups.Length; i++)
            groups[i] = BinaryPrimitives.ReadUInt16BigEndian(value[(2 * i)..]);
        var (gap, gapLength) = LongestGap(groups);
        var at = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            if (i == gap)
            {
                output[at++] = (byte)':';
                if (i == 0)
                    output[at++] = (byte)':';
                i += gapLength - 1;
                continue;
            }
            if (i == 6 && gap == 0 && (gapLength == 6 || (gapLength == 5 && groups[5] == 0xFFFF)))
                return at + FormatInet4(value[12..], output[at..]);
            Utf8Formatter.TryFormat(groups[i], output[at..], out var written, 'x');
            at += written;
            if (i < groups.Length - 1)
                output[at++] = (byte)':';
        }
        return at;
    }

    public static int FormatUuid(ReadOnlySpan<byte> value, Span<byte> output)
    {
        new Guid(value, bigEndian: true).TryFormat(output, out var written, "D");
        return written;
    }

    private static (int Start, int Length) LongestGap(ReadOnlySpan<ushort> groups)
    {
        var (start, length) = (-1, 0);
        for (var i = 0; i < groups.Length; i++)
        {
            var end = i;
            while (end < groups.Length && groups[end] == 0)
                end++;
            if (end - i > length)
                (start, length) = (i, end - i);
            i = Math.Max(i, end - 1);
        }
        return (start, length);
    }
}
