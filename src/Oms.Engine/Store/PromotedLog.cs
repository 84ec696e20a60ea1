using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>Reads in the log of a server that a link is to move to.</summary>
/// <param name="server">Which server it has to be, behind whatever name.</param>
internal sealed class PromotedLog(SessionOptions source, string? server, TimeProvider time)
{
    // At its log's end a server says nothing but this.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(1);

    /// <summary>Feeds a search until it is done or the log has no more.</summary>
    /// <param name="end">The log's end, as it was asked for before.</param>
    /// <exception cref="MySqlException">1236: the server has purged what is searched for, or has another history.</exception>
    public async Task SearchAsync(GtidSearch search, BinlogPosition end, CancellationToken cancellationToken)
    {
        await using var stream = await OpenAsync(
            o => o with { MySqlGtidSet = search.From.MySql, MariaDbGtidSet = search.From.MariaDb },
            cancellationToken
        );
        while (!search.IsDone)
        {
            var received = await stream.ReadAsync(cancellationToken);
            if (!received.IsArtificial)
                search.Add(StartOf(received), received.Header, stream.Format.Body(received.Bytes).Span);
            // A heartbeat tells how far the server has come with what it leaves out.
            var isPlace = !received.IsArtificial || received.Header.Type is BinlogEventType.Heartbeat or BinlogEventType.HeartbeatV2;
            if (isPlace && received.Position >= end)
                return;
        }
    }

    /// <summary>How many of the transactions from a place to another were applied already.</summary>
    /// <exception cref="BinlogFormatException">One has no GTID.</exception>
    public async Task<long> CountAppliedAsync(
        ExecutedGtids applied,
        BinlogPosition from,
        BinlogPosition until,
        CancellationToken cancellationToken
    )
    {
        if (from >= until)
            return 0;
        await using var stream = await OpenAsync(o => o with { Position = from }, cancellationToken);
        var count = 0L;
        for (var place = from; place < until; )
        {
            var received = await stream.ReadAsync(cancellationToken);
            if (received.IsArtificial)
                continue;
            place = received.Position;
            if (EventKinds.Of(received.Header.Type) != EventKind.TransactionStart)
                continue;
            if (LogGtid.Of(received.Header, stream.Format.Body(received.Bytes).Span) is not { } gtid)
                throw new BinlogFormatException($"The transaction at {StartOf(received)} has no GTID.");
            count += applied.Contains(gtid) ? 1 : 0;
        }
        return count;
    }

    private Task<BinlogStream> OpenAsync(Func<BinlogStreamOptions, BinlogStreamOptions> start, CancellationToken cancellationToken) =>
        BinlogStream.OpenAsync(
            source,
            start(
                new BinlogStreamOptions
                {
                    ServerId = LogPuller.NewServerId(),
                    HeartbeatPeriod = s_heartbeat,
                    ServerIdentity = server,
                    Time = time,
                }
            ),
            cancellationToken
        );

    private static BinlogPosition StartOf(BinlogEvent received) =>
        received.Position with
        {
            Offset = received.Position.Offset - received.Header.Length,
        };
}
