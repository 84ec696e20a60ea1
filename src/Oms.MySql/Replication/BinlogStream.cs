namespace Oms.MySql.Replication;

/// <summary>How a server's binary log is read.</summary>
public sealed record BinlogStreamOptions
{
    /// <summary>The id by which this reader is known to the server: unique among its replicas, 1–4,294,967,295.</summary>
    public required uint ServerId { get; init; }

    /// <summary>Where to start: a file and an offset between two events (4 is a file's first event). Exactly one of the three ways is given.</summary>
    public BinlogPosition? Position { get; init; }

    /// <summary>MySQL: the set of transactions that are had already, e.g. <c>3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5</c>.</summary>
    public string? MySqlGtidSet { get; init; }

    /// <summary>MariaDB: the last transaction of each domain that is had already, e.g. <c>0-1-100,1-2-7</c>.</summary>
    public string? MariaDbGtidSet { get; init; }

    /// <summary>How often the server sends a heartbeat when it has nothing else; a peer silent for three of them counts as dead.</summary>
    public TimeSpan HeartbeatPeriod { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>One event as the server sent it.</summary>
/// <param name="Bytes">Header, body and (if the stream has one) checksum; verified; valid until the next read.</param>
/// <param name="Header">The parsed header.</param>
/// <param name="Position">The position behind the event in the source's log; of a heartbeat or an artificial event, the position that it tells.</param>
/// <param name="IsArtificial">Made up for this stream (fake ROTATE, the FORMAT_DESCRIPTION repeated at a start in mid-file, HEARTBEAT): not part of the log.</param>
public readonly record struct BinlogEvent(ReadOnlyMemory<byte> Bytes, BinlogEventHeader Header, BinlogPosition Position, bool IsArtificial);

/// <summary>A server's binary log as a stream of events, checksums verified, heartbeats included. One consumer.</summary>
public sealed class BinlogStream : IAsyncDisposable
{
    /// <summary>Connects, registers as a replica and asks for the log.</summary>
    /// <exception cref="MySqlException">The connection failed, or the server has purged the position (1236).</exception>
    public static Task<BinlogStream> OpenAsync(string connectionString, BinlogStreamOptions options, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The format that the stream's events are in (the newest FORMAT_DESCRIPTION event).</summary>
    public FormatDescription Format => throw new NotImplementedException();

    /// <summary>The next event; waits for it.</summary>
    /// <exception cref="MySqlException">The peer died, went silent, or reported an error.</exception>
    /// <exception cref="BinlogFormatException">An event that can't be trusted: bad checksum, cut short.</exception>
    public ValueTask<BinlogEvent> ReadAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
