using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>QUERY_EVENT: a statement: BEGIN, COMMIT, DDL, or (refused by the engine) statement-format DML.</summary>
/// <param name="ThreadId">The id of the connection that ran it.</param>
/// <param name="ErrorCode">The error that it ended with at the source, 0 for none.</param>
/// <param name="Database">The default database it ran in; empty for none.</param>
/// <param name="Sql">The statement's bytes, in the session's <c>character_set_client</c>.</param>
public sealed record QueryEvent(uint ThreadId, ushort ErrorCode, string Database, ReadOnlyMemory<byte> Sql)
{
    /// <summary>The statement as text (utf8mb4; bytes that aren't are replaced).</summary>
    public string Text => Encoding.UTF8.GetString(Sql.Span);

    /// <summary>The status variables as they lie in the event; valid as long as the event's bytes.</summary>
    public ReadOnlyMemory<byte> StatusBytes { get; init; }

    /// <summary>The session's settings that the statement ran with. Read anew at each call: most statements need none of them.</summary>
    public QueryStatusVariables ReadStatusVariables() => QueryStatusVariables.Parse(StatusBytes.Span);

    /// <summary>Reads an event's body, plain or in MariaDB's compressed form.</summary>
    /// <exception cref="BinlogFormatException">The body is cut short or can't be decompressed.</exception>
    public static QueryEvent Parse(ReadOnlyMemory<byte> body, BinlogEventType type, FormatDescription format)
    {
        var reader = new EventReader(body.Span, "The QUERY event");
        var threadId = reader.UInt32();
        reader.Take(4); // seconds that it took
        int databaseLength = reader.Byte();
        var errorCode = reader.UInt16();
        int statusLength = reader.UInt16();
        var statusOffset = reader.Offset;
        reader.Take(statusLength);
        var database = Encoding.UTF8.GetString(reader.Take(databaseLength));
        reader.Take(1);
        var sql = body[reader.Offset..];
        return new QueryEvent(
            threadId,
            errorCode,
            database,
            type == BinlogEventType.MariaDbQueryCompressed ? MariaDbEventCompression.Decompress(sql.Span) : sql
        )
        {
            StatusBytes = body.Slice(statusOffset, statusLength),
        };
    }
}
