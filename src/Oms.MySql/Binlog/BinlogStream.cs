using Oms.MySql.Packets;

namespace Oms.MySql.Binlog;

/// <summary>How a server's binary log is read.</summary>
public sealed record BinlogStreamOptions
{
    /// <summary>The id by which this reader is known to the server: unique among its replicas, 1–4,294,967,295.</summary>
    public required uint ServerId { get; init; }

    /// <summary>Where to start: a file and an offset between two events (4 is a file's first event). Exactly one of the three ways is
    /// given.</summary>
    public BinlogPosition? Position { get; init; }

    /// <summary>MySQL: the transactions that are had already.</summary>
    public MySqlGtidSet? MySqlGtidSet { get; init; }

    /// <summary>MariaDB: how far each domain is had already; of a state, the last GTID of each domain counts.</summary>
    public MariaDbGtidSet? MariaDbGtidSet { get; init; }

    /// <summary>How often the server sends a heartbeat when it has nothing else; a peer silent for three of them counts as dead.</summary>
    public TimeSpan HeartbeatPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The server whose log it has to be, as <see cref="ServerLog.IdentityAsync"/> tells it; null: any. Behind one name there may
    /// be another server at each connection.</summary>
    public string? ServerIdentity { get; init; }

    /// <summary>The last event that the reader has: the stream goes on behind it, once the server has shown that its log holds it there.
    /// Null: nothing is known of the log.</summary>
    public KnownEvent? Known { get; init; }

    /// <summary>The clock by which silence is measured.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>One event as the server sent it.</summary>
/// <param name="Bytes">Header, body and (if the stream has one) checksum; verified; valid until the next read.</param>
/// <param name="Header">The parsed header.</param>
/// <param name="Position">The position behind the event in the source's log; of a heartbeat or an artificial event, the position that it
/// tells.</param>
/// <param name="IsArtificial">Made up for this stream (fake ROTATE, the FORMAT_DESCRIPTION repeated at a start in mid-file, HEARTBEAT): not
/// part of the log.</param>
public readonly record struct BinlogEvent(ReadOnlyMemory<byte> Bytes, BinlogEventHeader Header, BinlogPosition Position, bool IsArtificial);

/// <summary>A server's binary log as a stream of events, checksums verified, heartbeats included. One consumer.</summary>
public sealed class BinlogStream : IAsyncDisposable
{
    private const int HeartbeatsUntilDead = 3;
    private const byte EventFollows = 0x00,
        EndOfLog = 0xFE;

    private readonly MySqlSession _session;
    private readonly BinlogStreamOptions _options;
    private readonly TimeSpan _patience;
    private readonly LogPositionTracker _position;
    private FormatDescription _format = FormatDescription.Unknown(hasChecksum: false);
    private string? _file; // as the server has named it last
    private bool _isEnded,
        _isCut; // it has come to its ROTATE event; the file before it has not

    private BinlogStream(MySqlSession session, BinlogStreamOptions options)
    {
        (_session, _options) = (session, options);
        _patience = options.HeartbeatPeriod * HeartbeatsUntilDead;
        _position = new LogPositionTracker(options.Position ?? default);
    }

    /// <summary>Connects, registers as a replica and asks for the log.</summary>
    /// <exception cref="MySqlException">The connection failed, or the account may not read the log.</exception>
    /// <exception cref="OtherServerException">It is another server than the one that is wanted.</exception>
    /// <exception cref="OtherLogException">The log does not hold the known event.</exception>
    /// <exception cref="ArgumentException">Not exactly one start is given, or it does not fit the server.</exception>
    public static async Task<BinlogStream> OpenAsync(
        SessionOptions source,
        BinlogStreamOptions options,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.ServerId);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HeartbeatPeriod, TimeSpan.FromMilliseconds(1));
        if (options.Known is { } known)
            options = options with { Position = known.Start };
        var stream = await ConnectAsync(source, options, cancellationToken);
        try
        {
            if (options.Known is { } expected)
                await stream.PassKnownAsync(expected, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async Task<BinlogStream> ConnectAsync(
        SessionOptions source,
        BinlogStreamOptions options,
        CancellationToken cancellationToken
    )
    {
        var session = await MySqlSession.ConnectAsync(source, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (session.Options.ConnectionTimeout > 0)
            limit.CancelAfter(TimeSpan.FromSeconds(session.Options.ConnectionTimeout));
        try
        {
            await ReplicaHandshake.RunAsync(session, options, limit.Token);
            return new BinlogStream(session, options);
        }
        catch (Exception error)
        {
            session.Abort();
            await session.DisposeAsync();
            if (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw ClientError.NoAnswer(session.Options, error);
            throw;
        }
    }

    /// <summary>
    /// The format that the stream's events are in (the newest FORMAT_DESCRIPTION event). Before the first one, with the ROTATE event that
    /// opens every stream, it tells only whether that has a checksum.
    /// </summary>
    public FormatDescription Format => _format;

    /// <summary>Behind the last event; where a new stream would go on.</summary>
    internal BinlogPosition Place => _position.Current;

    /// <summary>The next event; waits for it. After an error the stream is at its end.</summary>
    /// <exception cref="MySqlException">The peer died, went silent, or reported an error (1236: what is asked for is purged or wrong; the
    /// message names what is missing).</exception>
    /// <exception cref="BinlogFormatException">An event that can't be trusted: bad checksum, cut short.</exception>
    /// <exception cref="OtherLogException">The log was exchanged for another one while it was read.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up; with it the connection.</exception>
    public ValueTask<BinlogEvent> ReadAsync(CancellationToken cancellationToken = default) =>
        !_session.IsBroken && _session.TryReadPacket(out var packet)
            ? ErrorPacket.IsError(packet.Span)
                ? RefuseAsync(packet, cancellationToken)
                : new(Accept(packet))
            : WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // The server is amid its answer and listens to no command: the connection just ends.
        _session.Abort();
        return _session.DisposeAsync();
    }

    /// <summary>Reads the known event, which has to be the first that the log has from its place on.</summary>
    private async Task PassKnownAsync(KnownEvent known, CancellationToken cancellationToken)
    {
        // A server has it at hand, and a binlog service may have to look for it.
        var patience = _session.Flavour == ServerFlavour.OceanBase ? HeartbeatsUntilDead : 1;
        try
        {
            while (true)
            {
                var received = await ReadAsync(cancellationToken);
                switch (received.Header.Type)
                {
                    case BinlogEventType.Heartbeat or BinlogEventType.HeartbeatV2 when --patience == 0:
                        throw new OtherLogException(known, "the server's log ends before it");
                    case BinlogEventType.Rotate when received.IsArtificial && _position.Current.File != known.Start.File:
                        throw new OtherLogException(known, $"the server's file goes on with {_position.Current.File} before it");
                    case BinlogEventType.FormatDescription when received.IsArtificial:
                        // The binlog service makes up one of its own.
                        if (received.Header.Timestamp != known.FileTime && _session.Flavour != ServerFlavour.OceanBase)
                            throw new OtherLogException(
                                known,
                                $"the server's {known.Start.File} was begun at {Time(received.Header.Timestamp)}, not at {Time(known.FileTime)}"
                            );
                        if (known.IsFileOnly)
                            return;
                        continue;
                }
                if (received.IsArtificial)
                    continue;
                if (!known.Is(received, _format))
                    throw new OtherLogException(
                        known,
                        $"the server has another one there: type {received.Header.Type}, written at {Time(received.Header.Timestamp)} instead of {Time(known.Header.Timestamp)}"
                    );
                return;
            }
        }
        catch (BinlogFormatException e)
        {
            // Between two events of another log stands anything.
            throw new OtherLogException(known, $"the server has no such event there: {e.Message}", e);
        }
    }

    private static string Time(uint seconds) =>
        DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private async ValueTask<BinlogEvent> WaitAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> packet;
        using var watch = new SilenceWatch(_session, _patience, _options.Time);
        try
        {
            packet = await _session.ReadPacketAsync(cancellationToken);
        }
        catch (MySqlException error) when (watch.HasBarked)
        {
            throw ClientError.Lost(
                _session.Endpoint,
                $"the server was silent for {_patience.TotalSeconds:0.###} s, though a heartbeat was due every {_options.HeartbeatPeriod.TotalSeconds:0.###} s.",
                error
            );
        }
        return ErrorPacket.IsError(packet.Span) ? await RefuseAsync(packet, cancellationToken) : Accept(packet);
    }

    private async ValueTask<BinlogEvent> RefuseAsync(ReadOnlyMemory<byte> packet, CancellationToken cancellationToken)
    {
        var error = ErrorPacket.Read(packet.Span);
        // The server sends nothing more, and listens to nothing.
        _session.Abort();
        throw error.Number == LogRefusal.Number
            ? await LogRefusal.ExplainAsync(error, _session, _options, _position.Current, cancellationToken)
            : error;
    }

    private BinlogEvent Accept(ReadOnlyMemory<byte> packet)
    {
        try
        {
            return Read(packet);
        }
        catch
        {
            _session.Abort();
            throw;
        }
    }

    private BinlogEvent Read(ReadOnlyMemory<byte> packet)
    {
        if (packet.IsEmpty || packet.Span[0] is not (EventFollows or EndOfLog))
            throw new BinlogFormatException("The server sent something else than events of its log.");
        if (packet.Span[0] == EndOfLog)
            throw ClientError.Lost(_session.Endpoint, "the server ended the stream of its log.");

        var bytes = packet[1..];
        var header = BinlogEventHeader.Parse(bytes.Span);
        if (header.Length != bytes.Length)
            throw new BinlogFormatException($"An event of type {header.Type} announces {header.Length} bytes, and {bytes.Length} came.");
        return header.Type switch
        {
            BinlogEventType.Rotate => AcceptRotate(bytes, header),
            BinlogEventType.FormatDescription => AcceptFormat(bytes, header),
            BinlogEventType.Heartbeat or BinlogEventType.HeartbeatV2 => new(bytes, header, _position.Told(header), IsArtificial: true),
            _ => AcceptOther(bytes, header),
        };
    }

    private BinlogEvent AcceptRotate(ReadOnlyMemory<byte> bytes, BinlogEventHeader header)
    {
        var isArtificial = IsMadeUp(header) || (header.Timestamp == 0 && header.EndPosition == 0);
        // Made before the file's own format is known to either side, it says by itself whether it has a checksum.
        if (isArtificial && _format.HasChecksum != FormatDescription.ChecksumMatches(bytes.Span))
            _format = FormatDescription.Unknown(!_format.HasChecksum);
        _format.VerifyChecksum(bytes.Span);
        var next = RotateEvent.Parse(_format.Body(bytes).Span).Next;
        var position = isArtificial ? next : _position.Advance(header);
        if (isArtificial)
        {
            _isCut = _file is not null && _file != next.File && !_isEnded;
            _file = next.File;
        }
        _isEnded = !isArtificial;
        _position.MoveTo(next);
        return new BinlogEvent(bytes, header, position, isArtificial);
    }

    private BinlogEvent AcceptFormat(ReadOnlyMemory<byte> bytes, BinlogEventHeader header)
    {
        _format = FormatDescription.Parse(bytes.Span);
        _format.VerifyChecksum(bytes.Span);
        // One that is repeated for a start in mid-file has no position.
        var isArtificial = IsMadeUp(header) || header.EndPosition == 0;
        // Only a start of the server begins a file behind one without a ROTATE event. A server that is reset amid a dump sends the old file
        // to its end, and goes on with the next one of its new log.
        if (_isCut && !isArtificial && !_format.IsServerStart && _session.Flavour != ServerFlavour.OceanBase)
            throw new OtherLogException(
                $"The server goes on with {_position.Current.File}, though the file that was read before does not lead to it."
            );
        _isCut = false;
        return new BinlogEvent(bytes, header, isArtificial ? _position.Current : _position.Advance(header), isArtificial);
    }

    private BinlogEvent AcceptOther(ReadOnlyMemory<byte> bytes, BinlogEventHeader header)
    {
        _format.VerifyChecksum(bytes.Span);
        // MariaDB repeats how an encrypted file was encrypted for a start in mid-file, without a position.
        var isArtificial = IsMadeUp(header) || header is { Type: BinlogEventType.MariaDbStartEncryption, EndPosition: 0 };
        return new BinlogEvent(bytes, header, isArtificial ? _position.Told(header) : _position.Advance(header), isArtificial);
    }

    private static bool IsMadeUp(BinlogEventHeader header) => (header.Flags & BinlogEventHeader.ArtificialFlag) != 0;
}
