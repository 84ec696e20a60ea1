using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>An event of a <see cref="ReconnectingBinlogStream"/>.</summary>
/// <param name="Event">The event; its bytes are valid until the next read.</param>
/// <param name="IsRestart">It is the first of a new connection after a loss: from here on the log comes from the <see cref="ResumePoint"/>,
/// and what came behind that point before is to be thrown away.</param>
public readonly record struct StreamedEvent(BinlogEvent Event, bool IsRestart);

/// <summary>
/// A server's binary log across lost connections. An error that passes (connection lost or refused, server restarting, too many
/// connections, silence for three heartbeats) is met by a new connection; so is a log-in that is refused after one that was not (the
/// password was changed). Every other one (wrong password at the start, purged log, damaged event) is thrown at once. One consumer.
/// </summary>
public sealed class ReconnectingBinlogStream : IAsyncDisposable
{
    /// <summary>The wait after a log-in that was refused: servers lock accounts that try a wrong password often.</summary>
    internal static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(30);

    private readonly SessionOptions _source;
    private readonly ReconnectOptions _reconnect;
    private readonly TransactionBoundary _boundary = new();
    private BinlogStream? _stream;
    private BinlogStreamOptions _resume;
    private int _failures;
    private bool _wasConnected,
        _isRestart;

    /// <summary>Prepares a stream; the first read connects.</summary>
    /// <exception cref="ArgumentException">A start by GTID that is to go on behind single events.</exception>
    public ReconnectingBinlogStream(SessionOptions source, BinlogStreamOptions options, ReconnectOptions? reconnect = null)
    {
        (_source, _resume, _reconnect) = (source, options, reconnect ?? new ReconnectOptions());
        if (_reconnect.Resume == ResumePoint.Event && options.Position is null)
            throw new ArgumentException(
                "Only a start by position can go on behind a single event; by GTID the log goes on behind whole transactions.",
                nameof(reconnect)
            );
    }

    /// <summary>The format of the events that come (see <see cref="BinlogStream.Format"/>).</summary>
    public FormatDescription Format { get; private set; } = FormatDescription.Unknown(hasChecksum: false);

    /// <summary>From where a new connection would go on now: the options of the start, with the place moved on.</summary>
    public BinlogStreamOptions Resume => _resume;

    /// <summary>The next event; waits for it, over as many connections as that takes.</summary>
    /// <exception cref="MySqlException">An error that does not pass, or that did not pass in as many attempts as allowed.</exception>
    /// <exception cref="BinlogFormatException">An event that can't be trusted: bad checksum, cut short.</exception>
    /// <exception cref="OtherServerException">It is another server than the one that is wanted.</exception>
    /// <exception cref="OtherLogException">Its log is another one than was read before.</exception>
    /// <exception cref="ArgumentException">The place can't be asked for: no start or more than one is given, it does not fit the server, or
    /// lies behind 4 GiB.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up; with it the connection. The next read makes a new
    /// one.</exception>
    public async ValueTask<StreamedEvent> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var stream = _stream ?? await ConnectAsync(cancellationToken);
                var received = await stream.ReadAsync(cancellationToken);
                Format = stream.Format;
                MoveOn(stream, received);
                var isRestart = _isRestart;
                _isRestart = false;
                return new StreamedEvent(received, isRestart);
            }
            catch (MySqlException error)
                when ((error.IsTransient || _wasConnected && error.IsLogInRefused) && !cancellationToken.IsCancellationRequested)
            {
                await DisconnectAsync();
                await WaitAsync(error, cancellationToken);
            }
            catch
            {
                await DisconnectAsync();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DisconnectAsync();

    private async Task<BinlogStream> ConnectAsync(CancellationToken cancellationToken)
    {
        _stream = await BinlogStream.OpenAsync(
            _source,
            _reconnect.Known?.Invoke() is { } known ? _resume with { Known = known } : _resume,
            cancellationToken
        );
        _boundary.Reset();
        (_isRestart, _wasConnected) = (_wasConnected, true);
        _reconnect.Changed?.Invoke(new BinlogConnectionChange(true, _failures, TimeSpan.Zero, null));
        return _stream;
    }

    private void MoveOn(BinlogStream stream, BinlogEvent received)
    {
        var type = received.Header.Type;
        // What opens every stream proves nothing: a server can send it and fail each time.
        if (!received.IsArtificial || type is BinlogEventType.Heartbeat or BinlogEventType.HeartbeatV2)
            _failures = 0;
        if (_reconnect.Resume == ResumePoint.Event)
        {
            _resume = _resume with { Position = stream.Place };
            return;
        }
        var hasEnded = !received.IsArtificial && _boundary.Follow(received.Header, stream.Format.Body(received.Bytes), stream.Format);
        if (_resume.Position is not null && _boundary.IsBetween)
            _resume = _resume with { Position = stream.Place };
        else if (hasEnded && _resume.MySqlGtidSet is { } had && _boundary.MySqlGtid is { } gtid)
            _resume = _resume with { MySqlGtidSet = had.Add(gtid) };
        else if (hasEnded && _resume.MariaDbGtidSet is { } reached && _boundary.MariaDbGtid is { } mariaDbGtid)
            _resume = _resume with { MariaDbGtidSet = reached.Add(mariaDbGtid) };
    }

    private async Task WaitAsync(MySqlException error, CancellationToken cancellationToken)
    {
        if (++_failures > _reconnect.MaxFailures)
            throw _failures == 1
                ? error
                : new MySqlException(
                    error.Number,
                    error.SqlState,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The server's log could not be read on in {_failures} attempts in a row, which is the limit. The last error: {error.Message}"
                    ),
                    error
                );
        var delay = error.IsLogInRefused ? RefusedDelay : _reconnect.Ceiling(_failures) * Random.Shared.NextDouble();
        _reconnect.Changed?.Invoke(new BinlogConnectionChange(false, _failures, delay, error));
        await Task.Delay(delay, _resume.Time, cancellationToken);
    }

    private async ValueTask DisconnectAsync()
    {
        if (_stream is not { } stream)
            return;
        _stream = null;
        await stream.DisposeAsync();
    }
}
