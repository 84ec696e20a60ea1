using System.Buffers;
using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>The name of an XA transaction, as its client chose it.</summary>
/// <param name="Text">As the servers write it in their logs: <c>X'67',X'62',1</c>: global id, branch, format.</param>
public readonly record struct XaId(string Text)
{
    private const int MaxPartLength = 64;

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Makes the name of its parts.</summary>
    internal static XaId Of(uint format, ReadOnlySpan<byte> globalId, ReadOnlySpan<byte> branch) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"X'{Convert.ToHexStringLower(globalId)}',X'{Convert.ToHexStringLower(branch)}',{format}"
            )
        );

    /// <summary>Reads the name out of a statement of the log such as <c>XA COMMIT X'67',X'62',1</c>; false when the statement is no
    /// such.</summary>
    public static bool TryParseStatement(ReadOnlySpan<char> statement, string verb, out XaId id)
    {
        id = default;
        Span<Range> words = stackalloc Range[4];
        statement = statement.Trim();
        if (
            statement.Split(words, ' ', StringSplitOptions.RemoveEmptyEntries) < 3
            || !statement[words[0]].Equals("XA", StringComparison.OrdinalIgnoreCase)
            || !statement[words[1]].Equals(verb, StringComparison.OrdinalIgnoreCase)
        )
            return false;
        Span<Range> parts = stackalloc Range[4];
        var name = statement[words[2]];
        if (
            name.Split(parts, ',') != 3
            || !TryHex(name[parts[0]], out var globalId)
            || !TryHex(name[parts[1]], out var branch)
            || !uint.TryParse(name[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var format)
        )
            return false;
        id = Of(format, globalId, branch);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool TryHex(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (
            text.Length < 3
            || text[0] is not ('X' or 'x')
            || text[1] != '\''
            || text[^1] != '\''
            || text.Length - 3 > 2 * MaxPartLength
            || text.Length % 2 == 0
            || text[2..^1].ContainsAnyExcept(s_hexDigits)
        )
            return false;
        bytes = Convert.FromHexString(text[2..^1]);
        return true;
    }

    internal static XaId Read(ref EventReader reader, uint format, int globalIdLength, int branchLength, string what)
    {
        if (globalIdLength is < 0 or > MaxPartLength || branchLength is < 0 or > MaxPartLength)
            throw new BinlogFormatException(
                $"{what} names an XA transaction with parts of {globalIdLength} and {branchLength} bytes; {MaxPartLength} is the most."
            );
        return Of(format, reader.Take(globalIdLength), reader.Take(branchLength));
    }
}

/// <summary>
/// XA_PREPARE_EVENT: ends the part of the log that holds an XA transaction's changes, which take effect with a later <c>XA COMMIT</c> (or
/// never, with <c>XA ROLLBACK</c>).
/// </summary>
/// <param name="IsOnePhase">XA COMMIT … ONE PHASE: committed here and now.</param>
public sealed record XaPrepareEvent(XaId Id, bool IsOnePhase)
{
    /// <summary>Reads an event's body
    /// (https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1XA__prepare__event.html).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short or has impossible lengths.</exception>
    public static XaPrepareEvent Parse(ReadOnlySpan<byte> body)
    {
        const string what = "The XA_PREPARE event";
        var reader = new EventReader(body, what);
        var onePhase = reader.Byte() != 0;
        var (format, globalIdLength, branchLength) = (reader.UInt32(), (int)reader.UInt32(), (int)reader.UInt32());
        return new XaPrepareEvent(XaId.Read(ref reader, format, globalIdLength, branchLength, what), onePhase);
    }
}
