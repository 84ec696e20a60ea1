using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>Follows a log from event to event and tells when it stands between two transactions: the only places where a reader of
/// transactions can begin.</summary>
internal sealed class TransactionBoundary
{
    // Announced: what comes is not known yet, one statement that commits by itself or the BEGIN of more.
    private enum Place
    {
        Between,
        Announced,
        Inside,
    }

    private Place _place;

    /// <summary>Whether no transaction has begun that has not ended.</summary>
    public bool IsBetween => _place == Place.Between;

    /// <summary>The id of the transaction that has begun or, between two, of the one that has ended; null where there is none (anonymous,
    /// or of the other flavour).</summary>
    public MySqlGtid? MySqlGtid { get; private set; }

    /// <inheritdoc cref="MySqlGtid"/>
    public MariaDbGtid? MariaDbGtid { get; private set; }

    /// <summary>A reader begins again between two transactions.</summary>
    public void Reset() => (_place, MySqlGtid, MariaDbGtid) = (Place.Between, null, null);

    /// <summary>Takes the next event of the log (no artificial one). True when a transaction ends with it.</summary>
    /// <exception cref="BinlogFormatException">An event that bounds transactions can't be read.</exception>
    public bool Follow(BinlogEventHeader header, ReadOnlyMemory<byte> body, FormatDescription format)
    {
        switch (EventKinds.Of(header.Type))
        {
            case EventKind.TransactionStart:
                Begin(TransactionStart.Parse(header, body.Span));
                return false;
            case EventKind.Statement:
                return FollowStatement(QueryEvent.Parse(body, header.Type, format).Sql.Span);
            case EventKind.Commit or EventKind.XaPrepare or EventKind.Payload:
                return End();
            case EventKind.FileStart:
                Reset();
                return false;
            case EventKind.StatementContext when _place == Place.Between:
                // In logs without GTIDs.
                _place = Place.Announced;
                return false;
            default:
                return false;
        }
    }

    private void Begin(TransactionStart start)
    {
        Reset();
        _place = start.Extent == TransactionExtent.Group ? Place.Inside : Place.Announced;
        if (start.Gtid is not { } gtid)
            return;
        if (start.IsMariaDb)
            MariaDbGtid = Binlog.MariaDbGtid.Parse(gtid);
        else
            MySqlGtid = Binlog.MySqlGtid.Parse(gtid);
    }

    private bool FollowStatement(ReadOnlySpan<byte> sql)
    {
        sql = sql.Trim(" \t\r\n;"u8);
        if (Is(sql, "COMMIT"u8) || Is(sql, "ROLLBACK"u8) || BeginsWith(sql, "XA COMMIT "u8) || BeginsWith(sql, "XA ROLLBACK "u8))
            return End();
        // A CREATE TABLE … SELECT of MySQL carries its rows behind it.
        if (Is(sql, "BEGIN"u8) || BeginsWith(sql, "XA START "u8) || (sql.Length > 17 && Is(sql[^17..], "START TRANSACTION"u8)))
            _place = Place.Inside;
        return _place != Place.Inside && End();
    }

    private bool End()
    {
        _place = Place.Between;
        return true;
    }

    private static bool Is(ReadOnlySpan<byte> sql, ReadOnlySpan<byte> words) => Ascii.EqualsIgnoreCase(sql, words);

    private static bool BeginsWith(ReadOnlySpan<byte> sql, ReadOnlySpan<byte> words) =>
        sql.Length >= words.Length && Is(sql[..words.Length], words);
}
