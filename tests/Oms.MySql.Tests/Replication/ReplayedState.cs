using System.Buffers;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>
/// The rows that a log leaves behind, replayed in memory: what its events say, and nothing else. A change that does not fit (an update of a
/// row that is not there, or is another) is an error, so that the state at the end is right only if every event was read right.
/// </summary>
/// <param name="columns">The columns of a table at this place of the log; null for a table that is of no interest.</param>
internal sealed class ReplayedState(Func<string, string, IReadOnlyList<ColumnShape>?> columns)
{
    private readonly Dictionary<ulong, (string Table, RowDecoder? Decoder)> _maps = [];
    private readonly Dictionary<XaId, List<Change>> _prepared = [];
    private List<Change> _transaction = [];
    private bool _inTransaction;

    private sealed record Change(string Table, byte[]? Before, byte[]? After);

    /// <summary>Rows by table (<c>database.table</c>), each a text row in hexadecimal digits.</summary>
    public Dictionary<string, HashSet<string>> Tables { get; } = [];

    /// <summary>Whole transactions seen.</summary>
    public int Transactions { get; private set; }

    /// <summary>Types of the events that were read, those inside of payloads included.</summary>
    public HashSet<BinlogEventType> Seen { get; } = [];

    /// <summary>Statements that are no BEGIN, COMMIT, SAVEPOINT or XA; called before the statement takes effect here.</summary>
    public Action<QueryEvent>? Ddl { get; set; }

    /// <summary>Applies one event.</summary>
    public void Apply(ReadOnlyMemory<byte> bytes, BinlogEventHeader header, FormatDescription format)
    {
        var body = format.Body(bytes);
        Seen.Add(header.Type);
        if (EventKinds.Of(header.Type) == EventKind.Rows)
        {
            Rows(RowsEvent.Parse(body, header.Type, format));
            return;
        }
        switch (header.Type)
        {
            case BinlogEventType.TransactionPayload:
                using (var payload = TransactionPayload.Open(body))
                {
                    while (payload.TryRead(out var inner, out var innerHeader))
                        Apply(inner, innerHeader, format.WithoutChecksum);
                }
                break;
            case BinlogEventType.TableMap:
                var map = TableMap.Parse(body.Span, format);
                var shapes = columns(map.Database, map.Table);
                _maps[map.TableId] = ($"{map.Database}.{map.Table}", shapes is null ? null : new RowDecoder(map, shapes));
                break;
            case BinlogEventType.Query or BinlogEventType.MariaDbQueryCompressed:
                Statement(QueryEvent.Parse(body, header.Type, format));
                break;
            case BinlogEventType.MariaDbGtid:
                _inTransaction = !MariaDbGtidEvent.Parse(body.Span, header.ServerId).IsStandalone;
                break;
            case BinlogEventType.Xid:
                Commit(_transaction);
                break;
            case BinlogEventType.XaPrepare:
                var prepare = XaPrepareEvent.Parse(body.Span);
                if (prepare.IsOnePhase)
                    Commit(_transaction);
                else
                    _prepared.Add(prepare.Id, _transaction);
                (_transaction, _inTransaction) = ([], false);
                break;
            default:
                Assert.Null(EventKinds.RefusalOf(header, body.Span));
                break;
        }
    }

    private void Statement(QueryEvent query)
    {
        var words = query.Text.Split([' ', ';'], 3, StringSplitOptions.RemoveEmptyEntries);
        switch (words[0].ToUpperInvariant())
        {
            case "BEGIN":
                _inTransaction = true;
                break;
            case "COMMIT":
                Commit(_transaction);
                break;
            case "ROLLBACK" when words.Length == 1:
                (_transaction, _inTransaction) = ([], false);
                break;
            case "SAVEPOINT" or "ROLLBACK":
                break;
            case "XA":
                if (words[1] == "START")
                    _inTransaction = true;
                else if (XaId.TryParseStatement(query.Text, "COMMIT", out var id))
                    Commit(Remove(id));
                else if (XaId.TryParseStatement(query.Text, "ROLLBACK", out id))
                    Remove(id);
                break;
            default:
                ForgetRowsOfDropped(words);
                Ddl?.Invoke(query);
                break;
        }
    }

    // Rows go without a rows event where the statement takes them away. The scenarios name one table a statement, or none.
    private void ForgetRowsOfDropped(string[] words)
    {
        var verb = words[0].ToUpperInvariant();
        foreach (
            var table in Tables
                .Keys.Where(t =>
                    verb is "TRUNCATE" or "DROP"
                    && words[^1].Replace("`", "", StringComparison.Ordinal).Split([' ', '.', ';']) is var names
                    && (
                        names.Contains(t.Split('.')[1])
                        || (
                            names.Contains("database", StringComparer.OrdinalIgnoreCase)
                                | words[1].Equals("DATABASE", StringComparison.OrdinalIgnoreCase)
                            && names.Contains(t.Split('.')[0])
                        )
                    )
                )
                .ToList()
        )
            Tables.Remove(table);
    }

    private List<Change> Remove(XaId id) =>
        _prepared.Remove(id, out var changes) ? changes : throw new InvalidOperationException($"The XA transaction {id} was not prepared.");

    private void Rows(RowsEvent rows)
    {
        var (table, decoder) = _maps[rows.TableId];
        if (decoder is null)
            return;
        var images = rows.Rows.Span;
        var output = new ArrayBufferWriter<byte>();
        for (var offset = 0; offset < images.Length; )
        {
            var start = offset;
            output.ResetWrittenCount();
            offset = decoder.Decode(images, offset, output);
            var first = output.WrittenSpan.ToArray();
            byte[]? second = null;
            if (rows.Kind == RowsKind.Update)
            {
                output.ResetWrittenCount();
                offset = rows.IsPartial ? decoder.DecodePartial(images, start, offset, output) : decoder.Decode(images, offset, output);
                second = output.WrittenSpan.ToArray();
            }
            var change = rows.Kind switch
            {
                RowsKind.Insert => new Change(table, null, first),
                RowsKind.Delete => new Change(table, first, null),
                _ => new Change(table, first, second),
            };
            // Outside of a transaction only a table without transactions is changed.
            _transaction.Add(change);
        }
        if (!_inTransaction && rows.IsStatementEnd)
            Commit(_transaction);
    }

    private void Commit(List<Change> changes)
    {
        foreach (var (table, before, after) in changes)
        {
            if (!Tables.TryGetValue(table, out var rows))
                Tables[table] = rows = [];
            if (before is not null && !rows.Remove(Convert.ToHexString(before)))
                throw new InvalidOperationException($"{table} has no row {Convert.ToHexString(before)}.");
            if (after is not null && !rows.Add(Convert.ToHexString(after)))
                throw new InvalidOperationException($"{table} has the row {Convert.ToHexString(after)} already.");
        }
        Transactions++;
        (_transaction, _inTransaction) = ([], false);
    }
}
