using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Changes;

/// <summary>
/// The Store's events as a transaction reader wants them: those inside of a compressed payload one by one, and an XA transaction's changes,
/// which the log has where it was prepared, at the place where it is committed.
/// </summary>
internal sealed class TransactionEvents(LogReader log) : IDisposable
{
    private TransactionPayload? _payload;
    private BinlogPosition _payloadStart;
    private LogReader? _prepared;

    /// <summary>The position behind the last event of the log; inside of a payload that behind the payload.</summary>
    public BinlogPosition Position => log.Position;

    /// <summary>The format of the event that was read last.</summary>
    public FormatDescription Format => _payload is null ? Source.Format : Source.Format.WithoutChecksum;

    /// <summary>Whether what is read now stands at another place of the log: the changes of an XA transaction that is committed
    /// here.</summary>
    public bool IsPrepared => _prepared is not null;

    private LogReader Source => _prepared ?? log;

    /// <summary>The next event; false at the end of the Store.</summary>
    /// <param name="start">Where it stands; of an event in a payload, where the payload stands.</param>
    /// <param name="body">Valid until the next call.</param>
    public bool TryRead(out BinlogPosition start, out BinlogEventHeader header, out ReadOnlyMemory<byte> body)
    {
        while (true)
        {
            if (_payload is not null)
            {
                start = _payloadStart;
                if (_payload.TryRead(out var inner, out header))
                {
                    body = Format.Body(inner);
                    return true;
                }
                ClosePayload();
            }
            start = Source.Position;
            if (!Source.TryRead(out var bytes, out header))
            {
                body = default;
                return false;
            }
            body = Source.Format.Body(bytes);
            if (EventKinds.Of(header.Type) != EventKind.Payload)
                return true;
            (_payload, _payloadStart) = (TransactionPayload.Open(body), start);
        }
    }

    /// <summary>Goes on with the events of an XA transaction that was prepared earlier, from its first on, until
    /// <see cref="LeavePrepared"/>.</summary>
    public void EnterPrepared(BinlogPosition groupStart)
    {
        ClosePayload();
        _prepared = log.At(groupStart);
    }

    /// <summary>Back to the log.</summary>
    public void LeavePrepared()
    {
        ClosePayload();
        _prepared?.Dispose();
        _prepared = null;
    }

    /// <summary>Looks in what the Store holds for the place where an XA transaction was prepared, before a position.</summary>
    public BinlogPosition? FindPrepared(XaId id, BinlogPosition before)
    {
        using var earlier = log.AtStart();
        using var events = new TransactionEvents(earlier);
        BinlogPosition? group = null,
            found = null;
        while (events.Position < before && events.TryRead(out var start, out var header, out var body))
        {
            var kind = EventKinds.Of(header.Type);
            if (kind == EventKind.TransactionStart)
                group = start;
            else if (kind == EventKind.XaPrepare && XaPrepareEvent.Parse(body.Span) is { IsOnePhase: false } prepare && prepare.Id == id)
                found = group;
        }
        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => LeavePrepared();

    private void ClosePayload()
    {
        _payload?.Dispose();
        _payload = null;
    }
}
