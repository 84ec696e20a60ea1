using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>The id of one transaction of MariaDB: domain, the server where it was committed first, and its number in the domain.</summary>
public readonly record struct MariaDbGtid(uint Domain, uint ServerId, ulong Sequence)
{
    /// <summary>Reads <c>domain-server-sequence</c>.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static MariaDbGtid Parse(string text)
    {
        var fields = text.Split('-');
        return
            fields.Length == 3
            && uint.TryParse(fields[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var domain)
            && uint.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var server)
            && ulong.TryParse(fields[2].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new MariaDbGtid(domain, server, sequence)
            : throw new FormatException($"'{text}' is no GTID of MariaDB; expected domain-server-sequence, as in 0-1-100.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Domain}-{ServerId}-{Sequence}");
}
