using System.Globalization;

namespace Oms.MySql.Replication;

/// <summary>A place between two events of a server's binary log: the file and the byte offset in it. Prints as <c>binlog.000003:4711</c>.</summary>
public readonly record struct BinlogPosition(string File, ulong Offset) : IComparable<BinlogPosition>
{
    /// <summary>The number at the end of the file's name, by which a server orders its files.</summary>
    public long FileNumber => long.Parse(File.AsSpan(File.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Whether the file's name ends as the names of a server's files do, with a dot and a number.</summary>
    internal bool HasFileNumber => long.TryParse(File.AsSpan(File.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <inheritdoc/>
    public int CompareTo(BinlogPosition other)
    {
        var byFile = FileNumber.CompareTo(other.FileNumber);
        return byFile != 0 ? byFile : Offset.CompareTo(other.Offset);
    }

    public static bool operator <(BinlogPosition left, BinlogPosition right) => left.CompareTo(right) < 0;
    public static bool operator >(BinlogPosition left, BinlogPosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(BinlogPosition left, BinlogPosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(BinlogPosition left, BinlogPosition right) => left.CompareTo(right) >= 0;

    /// <summary>Reads what <see cref="ToString"/> printed.</summary>
    /// <exception cref="FormatException">The text is not <c>file.number:offset</c>.</exception>
    public static BinlogPosition Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var dot = colon < 0 ? -1 : text.LastIndexOf('.', colon);
        if (dot < 0 || !long.TryParse(text.AsSpan(dot + 1, colon - dot - 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || !ulong.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            throw new FormatException($"'{text}' is not a binary log position; expected file.number:offset, as in binlog.000003:4711.");
        return new BinlogPosition(text[..colon], offset);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Offset}");
}
