using Oms.MySql.Binlog;

namespace Oms.Changes;

/// <summary>
/// XA transactions between their two phases. Their changes stand in the log where they are prepared and belong where they are committed: they
/// are passed over first, and read when (and if) the commit comes.
/// </summary>
internal sealed class XaTransactions(TransactionEvents events, ReaderOptions options)
{
    private readonly Dictionary<XaId, BinlogPosition> _prepared = [];

    /// <summary>Takes in an XA statement.</summary>
    /// <param name="start">Where it stands.</param>
    /// <returns>Whether the transaction ends with it.</returns>
    public bool Statement(OpenTransaction transaction, QueryEvent query, BinlogPosition start)
    {
        if (XaId.TryParseStatement(query.Text, "START", out _))
        {
            transaction.IsHeldBack = true;
            return false;
        }
        if (XaId.TryParseStatement(query.Text, "COMMIT", out var id))
        {
            if (transaction.IsApplied)
            {
                _prepared.Remove(id);
                return true;
            }
            // After a restart the place is looked up in the Store, which holds more than what is still to be applied.
            if (!_prepared.Remove(id, out var group))
                group =
                    events.FindPrepared(id, start)
                    ?? throw options.Refuse(
                        $"the commit of the XA transaction {id}, whose changes were logged before the Store's first event",
                        start,
                        "Verify the tables that it changed, or migrate again; let no XA transaction be open when a project starts."
                    );
            events.EnterPrepared(group);
            return false;
        }
        if (XaId.TryParseStatement(query.Text, "ROLLBACK", out id))
        {
            _prepared.Remove(id);
            return true;
        }
        return XaId.TryParseStatement(query.Text, "END", out _)
            ? false
            : throw options.Refuse($"the statement {query.Text}", start, "Report it: an XA statement of this form is not known.");
    }

    /// <summary>Takes in the end of the first phase, where it stands or, read again, where the transaction is committed.</summary>
    /// <param name="transaction">The one that is open in the log.</param>
    /// <returns>Whether the transaction ends with it.</returns>
    public bool Prepared(OpenTransaction? transaction, XaPrepareEvent prepare)
    {
        if (events.IsPrepared)
        {
            events.LeavePrepared();
            return true;
        }
        if (transaction is null)
            return false;
        if (prepare.IsOnePhase && !transaction.IsApplied)
        {
            transaction.IsHeldBack = false;
            events.EnterPrepared(transaction.Start);
            return false;
        }
        if (!prepare.IsOnePhase)
            _prepared[prepare.Id] = transaction.Start;
        return true;
    }
}
