using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>A place between two events of a server's binary log: the file and the byte offset in it. Prints as
/// <c>binlog.000003:4711</c>.</summary>
public readonly record struct BinlogPosition(string File, ulong Offset) : IComparable<BinlogPosition>
{
    /// <summary>The number at the end of the file's name, by which a server orders its files.</summary>
    public long FileNumber => long.Parse(File.AsSpan(File.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    // FN_REFLEN of the servers.
    private const int GreatestName = 512;

    private static readonly System.Buffers.SearchValues<char> s_notInNames = System.Buffers.SearchValues.Create("/\\:*?\"<>|");

    /// <summary>
    /// Whether a name that a server tells can be that of a file of its log: a base, a dot and a number, nothing that leads to another
    /// folder or means something to a file system or a terminal. Files are named after it here.
    /// </summary>
    public static bool IsFileName(string? name) =>
        name is { Length: <= GreatestName }
        && name.LastIndexOf('.') is > 0 and var dot
        && name[dot - 1] != '.'
        && !name.AsSpan().ContainsAny(s_notInNames)
        && long.TryParse(name.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
        && !name.Any(c =>
            char.GetUnicodeCategory(c)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.Surrogate
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.OtherNotAssigned
        )
        && !name.Contains('\uFFFD');

    /// <summary>A place as a server tells it.</summary>
    /// <exception cref="BinlogFormatException">It is none.</exception>
    internal static BinlogPosition Told(string? file, string? offset) =>
        IsFileName(file) && ulong.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new BinlogPosition(file!, number)
            : throw new BinlogFormatException(
                $"The server names '{Shown(file)}' and '{Shown(offset)}' as a place in its log, which can't be one."
            );

    /// <summary>A name for a message, short and without what a terminal would act on.</summary>
    internal static string Shown(string? name)
    {
        const int greatestShown = 100;
        var shown = string.Concat(
            (name ?? "")
                .Take(greatestShown)
                .Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? '?' : c)
        );
        return name?.Length > greatestShown ? shown + "…" : shown;
    }

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
        if (
            dot < 0
            || !IsFileName(text[..colon])
            || !ulong.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
        )
            throw new FormatException($"'{text}' is not a binary log position; expected file.number:offset, as in binlog.000003:4711.");
        return new BinlogPosition(text[..colon], offset);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Offset}");
}
