using System.Text;

namespace Oms.MySql.Replication;

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
        switch (header.Type)
        {
            case BinlogEventType.Gtid or BinlogEventType.AnonymousGtid or BinlogEventType.GtidTagged:
                Reset();
                _place = Place.Announced;
                MySqlGtid = GtidEvent.Parse(body.Span, header.Type).Gtid is { } gtid ? Replication.MySqlGtid.Parse(gtid) : null;
                return false;
            case BinlogEventType.MariaDbGtid:
                Reset();
                var mariaDb = MariaDbGtidEvent.Parse(body.Span, header.ServerId);
                _place = mariaDb.IsStandalone ? Place.Announced : Place.Inside;
                MariaDbGtid = new MariaDbGtid(mariaDb.Domain, mariaDb.ServerId, mariaDb.Sequence);
                return false;
            case BinlogEventType.Query or BinlogEventType.MariaDbQueryCompressed:
                return FollowStatement(QueryEvent.Parse(body, header.Type, format).Sql.Span);
            case BinlogEventType.Xid or BinlogEventType.XaPrepare or BinlogEventType.TransactionPayload:
                return End();
            case BinlogEventType.FormatDescription:
                // A file begins: a transaction without an end in the file before was lost in a crash of the server.
                Reset();
                return false;
            case BinlogEventType.IntVar or BinlogEventType.Rand or BinlogEventType.UserVar when _place == Place.Between:
                // Parts of the statement that comes, in logs without GTIDs.
                _place = Place.Announced;
                return false;
            default:
                return false;
        }
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
