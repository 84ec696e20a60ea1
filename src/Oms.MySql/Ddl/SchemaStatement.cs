using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>A statement of a source's log, and what it ran with.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="Database">The default database; empty for none.</param>
public sealed record SchemaStatement(string Sql, string Database)
{
    /// <summary>The session's settings.</summary>
    public QueryStatusVariables Variables { get; init; } = QueryStatusVariables.None;

    /// <summary>The session's id, by which its temporary tables are known.</summary>
    public uint ThreadId { get; init; }

    /// <summary>The error that the statement ended with at the source, 0 for none.</summary>
    public ushort ErrorCode { get; init; }

    /// <summary><c>character_set_client</c>, in which its text came.</summary>
    public string ClientCharacterSet { get; init; } = "utf8mb4";

    /// <summary>Some of its bytes are no characters of that set, or of one that is not known here; they stand as U+FFFD in
    /// <see cref="Sql"/>.</summary>
    public bool HasLostCharacters { get; init; }

    /// <summary>Takes a statement out of an event; its bytes are read in the session's <c>character_set_client</c>.</summary>
    /// <param name="server">Knows the number by which the event names that character set.</param>
    public static SchemaStatement Of(QueryEvent query, ServerCatalogue server)
    {
        var variables = query.ReadStatusVariables();
        var characterSet = variables.ClientCollation is { } id ? server.Collation(id)?.CharacterSet ?? $"number {id}" : "utf8mb4";
        return new SchemaStatement(ClientText.Decode(query.Sql.Span, characterSet, out var isExact), query.Database)
        {
            Variables = variables,
            ThreadId = query.ThreadId,
            ErrorCode = query.ErrorCode,
            ClientCharacterSet = characterSet,
            HasLostCharacters = !isExact,
        };
    }

    /// <summary>Whether a statement begins so that it may change tables: a quick look that spares all others the reading.</summary>
    internal static bool MayConcernTables(ReadOnlySpan<byte> sql)
    {
        sql = sql.TrimStart(" \t\r\n\f\v("u8);
        // Behind a comment, or in an executable one, anything may stand.
        if (sql.IsEmpty || sql[0] is (byte)'/' or (byte)'-' or (byte)'#')
            return true;
        foreach (var keyword in (ReadOnlySpan<string>)["CREATE", "ALTER", "DROP", "RENAME", "IMPORT", "FLASHBACK", "SET"])
            if (sql.Length >= keyword.Length && System.Text.Ascii.EqualsIgnoreCase(sql[..keyword.Length], keyword))
                return true;
        return false;
    }
}
