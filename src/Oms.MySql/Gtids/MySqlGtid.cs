using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>Where MySQL transactions come from: a server's UUID and, since MySQL 8.3, a tag (lower case; empty: none).</summary>
internal readonly record struct MySqlGtidSource(Guid Uuid, string Tag) : IComparable<MySqlGtidSource>
{
    public const int MaxTagLength = 32;

    /// <summary>The servers' order: by UUID, those without a tag first.</summary>
    public int CompareTo(MySqlGtidSource other)
    {
        var byUuid = Uuid.CompareTo(other.Uuid);
        return byUuid != 0 ? byUuid : string.CompareOrdinal(Tag, other.Tag);
    }

    /// <summary>Whether the text is a tag: a letter or underscore, then up to 31 more of them or digits.</summary>
    public static bool IsTag(string text) =>
        text.Length is > 0 and <= MaxTagLength && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}

/// <summary>The id of one transaction of a MySQL server.</summary>
/// <param name="Uuid">The server where it was committed first.</param>
/// <param name="Tag">Its tag, in lower case (MySQL 8.3 and later); empty: none.</param>
/// <param name="Number">1–9,223,372,036,854,775,806.</param>
public readonly record struct MySqlGtid(Guid Uuid, string Tag, ulong Number)
{
    internal MySqlGtidSource Source => new(Uuid, Tag);

    /// <summary>Reads <c>uuid:number</c> or <c>uuid:tag:number</c>.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static MySqlGtid Parse(string text)
    {
        var fields = text.Split(':', StringSplitOptions.TrimEntries);
        if (
            fields.Length is not (2 or 3)
            || !Guid.TryParseExact(fields[0], "D", out var uuid)
            || (fields.Length == 3 && !MySqlGtidSource.IsTag(fields[1]))
        )
            throw Wrong(text);
        return
            ulong.TryParse(fields[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= GtidInterval.MaxNumber
            ? new MySqlGtid(uuid, fields.Length == 3 ? fields[1].ToLowerInvariant() : "", number)
            : throw Wrong(text);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Uuid:D}:{(Tag.Length == 0 ? "" : Tag + ":")}{Number}");

    private static FormatException Wrong(string text) =>
        new($"'{text}' is no GTID of MySQL; expected uuid:number, as in 3e11fa47-71ca-11e1-9e33-c80aa9429562:23, or uuid:tag:number.");
}
