using Oms.Hosting;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Store;

/// <summary>Looks into the past of a source's log, for a link that begins at a time.</summary>
/// <param name="source">A connection to the source.</param>
/// <param name="server">For connections that read its log.</param>
internal sealed class SourceHistory(RowSession source, SessionOptions server, string link)
{
    /// <summary>Where the first transaction that may have been committed at a time or later begins (see
    /// <see cref="TransactionTime.MayBeFrom"/>); the log's end when there is none yet.</summary>
    /// <exception cref="OmsException">StartTimestampUnavailable: the log does not reach back to it, or it is still to come;
    /// BinlogOff</exception>
    public async Task<BinlogPosition> FindAsync(DateTime time, LogStore store, CancellationToken cancellationToken)
    {
        var end = await SourceLog.EndAsync(source, cancellationToken);
        if (store.Find(time) is { } held)
            return held;
        var now = await ReadClockAsync(cancellationToken);
        var files = await ServerLog.FilesAsync(source, cancellationToken);
        if (files.Count == 0)
            throw Unavailable(time, now, now);
        var from = await BeginAsync(files[0], cancellationToken);
        if (time < from || time > now)
            throw Unavailable(time, store.From?.AddSeconds(1) is { } first && first < from ? first : from, now);
        // The last file that was begun before: in those before it nothing is as new.
        var (known, above) = (0, files.Count);
        while (above - known > 1)
        {
            var middle = (known + above) / 2;
            if (await BeginAsync(files[middle], cancellationToken) <= time)
                known = middle;
            else
                above = middle;
        }
        BinlogPosition? found = null;
        await ReadAsync(
            new BinlogPosition(files[known], LogSegment.FirstOffset),
            end,
            (received, format) =>
            {
                if (!TransactionTime.MayBeFrom(time, received.Header, format.Body(received.Bytes).Span))
                    return true;
                found = received.Position with { Offset = received.Position.Offset - received.Header.Length };
                return false;
            },
            cancellationToken
        );
        return found ?? end;
    }

    /// <summary>Sees that the tables' columns were from a position on, up to another, what they are now: nothing else is known of
    /// them.</summary>
    /// <exception cref="OmsException">SchemaChangedSinceStart</exception>
    public async Task RequireSameSchemaAsync(
        IReadOnlyCollection<TableName> tables,
        BinlogPosition from,
        BinlogPosition until,
        CancellationToken cancellationToken
    )
    {
        var server = await ServerCatalogueReader.ReadAsync(source, cancellationToken);
        DateTime begun = default;
        await ReadAsync(
            from,
            until,
            (received, format) =>
            {
                // A statement's own time is when it began, its commit may have come much later.
                if (TransactionTime.TryRead(received.Header, format.Body(received.Bytes).Span, out var committed))
                    begun = committed;
                return Check(received, format, begun, server, tables);
            },
            cancellationToken
        );
    }

    private bool Check(
        BinlogEvent received,
        FormatDescription format,
        DateTime committed,
        ServerCatalogue server,
        IReadOnlyCollection<TableName> tables
    )
    {
        if (EventKinds.Of(received.Header.Type) != EventKind.Statement)
            return true;
        var query = QueryEvent.Parse(format.Body(received.Bytes), received.Header.Type, format);
        if (StatementClass.Of(query.Sql.Span) != StatementKind.Ddl)
            return true;
        var statement = TableStatement.Read(SchemaStatement.Of(query, server), server);
        var named = statement.Tables.Concat(statement.Renames.Select(r => r.To)).Select(t => new TableName(t.Database, t.Table));
        if (statement.IsTemporary || statement.Action is TableAction.None or TableAction.TruncateTable || !named.Any(tables.Contains))
            return true;
        var begun = DateTime.UnixEpoch.AddSeconds(received.Header.Timestamp);
        var time = TransactionTime.WholeSecond(committed > begun ? committed : begun);
        throw new OmsException(
            "SchemaChangedSinceStart",
            OmsErrorKind.SchemaMismatch,
            $"Link '{link}' can't begin in the past: at {time:yyyy-MM-dd HH:mm:ss}Z, behind its start, the source ran {ShownStatement.Of(query.Text, 200)}, and how the table was before is not known.",
            $"Create the project with a start behind that ({HostCommand.ProjectOption(nameof(Project.StartTimestamp), $"'{time.AddSeconds(1):yyyy-MM-ddTHH:mm:ss}Z'")}), or migrate the tables in full.",
            link
        );
    }

    private async Task<DateTime> ReadClockAsync(CancellationToken cancellationToken)
    {
        var row = await source.QueryRowAsync("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED)", cancellationToken);
        return DateTime.UnixEpoch.AddMicroseconds(ulong.Parse(row![0]!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The time, rounded up to the second, at which a file was begun: whatever stands in files before it is older.</summary>
    private async Task<DateTime> BeginAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = await OpenAsync(new BinlogPosition(file, LogSegment.FirstOffset), cancellationToken);
        while (true)
        {
            var received = await stream.ReadAsync(cancellationToken);
            if (received.Header.Timestamp != 0 && EventKinds.Of(received.Header.Type) is not (EventKind.Rotate or EventKind.Heartbeat))
                return DateTime.UnixEpoch.AddSeconds(received.Header.Timestamp + 1d);
        }
    }

    /// <summary>Calls <paramref name="each"/> with the events from a position to another, until it returns false.</summary>
    private async Task ReadAsync(
        BinlogPosition from,
        BinlogPosition until,
        Func<BinlogEvent, FormatDescription, bool> each,
        CancellationToken cancellationToken
    )
    {
        if (from >= until)
            return;
        await using var stream = await OpenAsync(from, cancellationToken);
        for (var place = from; place < until; )
        {
            var received = await stream.ReadAsync(cancellationToken);
            if (received.IsArtificial)
                continue;
            if (!each(received, stream.Format))
                return;
            place = received.Position;
        }
    }

    private Task<BinlogStream> OpenAsync(BinlogPosition position, CancellationToken cancellationToken) =>
        BinlogStream.OpenAsync(
            server,
            new BinlogStreamOptions { ServerId = LogPuller.NewServerId(), Position = position },
            cancellationToken
        );

    private OmsException Unavailable(DateTime time, DateTime from, DateTime to) =>
        new(
            "StartTimestampUnavailable",
            OmsErrorKind.InvalidArgument,
            $"Link '{link}' can't begin at {time:yyyy-MM-dd HH:mm:ss.ffffff}Z: the log is available from {from:yyyy-MM-dd HH:mm:ss}Z to {to:yyyy-MM-dd HH:mm:ss}Z.",
            "Create the project with a start in that range, or migrate in full.",
            link
        );
}
