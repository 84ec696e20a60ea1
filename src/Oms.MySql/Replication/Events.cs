namespace Oms.MySql.Replication;

// Each Parse takes the event's body: the bytes behind the header and before the checksum (FormatDescription.Body cuts them out).

/// <summary>FORMAT_DESCRIPTION_EVENT: how the events behind it are laid out.</summary>
public sealed class FormatDescription
{
    public string ServerVersion => throw new NotImplementedException();
    /// <summary>Whether each event ends with 4 bytes of CRC32.</summary>
    public bool HasChecksum => throw new NotImplementedException();
    /// <param name="eventBytes">The whole event, header and checksum included.</param>
    public static FormatDescription Parse(ReadOnlySpan<byte> eventBytes) => throw new NotImplementedException();
    /// <summary>The body of a whole event: without header and checksum.</summary>
    public ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> eventBytes) => throw new NotImplementedException();
    /// <summary>Checks a whole event's CRC32 where the format has one.</summary>
    /// <exception cref="BinlogFormatException">It does not match.</exception>
    public void VerifyChecksum(ReadOnlySpan<byte> eventBytes) => throw new NotImplementedException();
}

/// <summary>ROTATE_EVENT: the log goes on in another file.</summary>
public sealed record RotateEvent(BinlogPosition Next)
{
    public static RotateEvent Parse(ReadOnlySpan<byte> body) => throw new NotImplementedException();
}

/// <summary>QUERY_EVENT: a statement: BEGIN, COMMIT, DDL, or (refused by the engine) statement-format DML.</summary>
public sealed record QueryEvent(uint ThreadId, ushort ErrorCode, string Database, ReadOnlyMemory<byte> Sql)
{
    /// <summary>The statement as text (utf8mb4; bytes that aren't are replaced).</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Sql.Span);
    /// <summary>Handles plain and MariaDB's compressed form.</summary>
    public static QueryEvent Parse(ReadOnlyMemory<byte> body, BinlogEventType type, FormatDescription format) => throw new NotImplementedException();
}

/// <summary>MySQL's GTID_EVENT, ANONYMOUS_GTID_EVENT or tagged GTID event: begins a transaction.</summary>
/// <param name="Gtid"><c>uuid:number</c> or <c>uuid:tag:number</c>; null when anonymous.</param>
/// <param name="OriginalCommitMicros">Commit time at the server where it was first committed, microseconds since 1970; 0 before MySQL 8.0.</param>
public sealed record GtidEvent(string? Gtid, ulong OriginalCommitMicros, ulong ImmediateCommitMicros)
{
    public static GtidEvent Parse(ReadOnlySpan<byte> body, BinlogEventType type) => throw new NotImplementedException();
}

/// <summary>MariaDB's GTID_EVENT: begins a transaction or, standalone, precedes one statement that commits by itself (DDL).</summary>
public sealed record MariaDbGtidEvent(uint Domain, uint ServerId, ulong Sequence, bool IsStandalone)
{
    public static MariaDbGtidEvent Parse(ReadOnlySpan<byte> body, uint serverId) => throw new NotImplementedException();
}

/// <summary>TABLE_MAP_EVENT: the table that the row events behind it belong to.</summary>
public sealed class TableMap
{
    public ulong TableId => throw new NotImplementedException();
    public string Database => throw new NotImplementedException();
    public string Table => throw new NotImplementedException();
    public int ColumnCount => throw new NotImplementedException();
    /// <summary>Column names where the server logs them (<c>binlog_row_metadata=FULL</c>), else null.</summary>
    public IReadOnlyList<string>? ColumnNames => throw new NotImplementedException();
    public static TableMap Parse(ReadOnlySpan<byte> body, FormatDescription format) => throw new NotImplementedException();
    /// <summary>Only the table id (to find a map that is known already).</summary>
    public static ulong PeekTableId(ReadOnlySpan<byte> body, FormatDescription format) => throw new NotImplementedException();
}

public enum RowsKind { Insert, Update, Delete }

/// <summary>A rows event: the images of one table's rows, undecoded.</summary>
public sealed class RowsEvent
{
    public ulong TableId => throw new NotImplementedException();
    public RowsKind Kind => throw new NotImplementedException();
    /// <summary>STMT_END_F: the statement's last rows event; table ids end here.</summary>
    public bool IsStatementEnd => throw new NotImplementedException();
    public int ColumnCount => throw new NotImplementedException();
    /// <summary>True when every image holds every column (row image FULL).</summary>
    public bool HasAllColumns => throw new NotImplementedException();
    /// <summary>The row images, one behind the other; of an update the image before and the image after.</summary>
    public ReadOnlyMemory<byte> Rows => throw new NotImplementedException();
    /// <summary>Handles versions 1 and 2 and MariaDB's compressed form.</summary>
    public static RowsEvent Parse(ReadOnlyMemory<byte> body, BinlogEventType type, FormatDescription format) => throw new NotImplementedException();
}
