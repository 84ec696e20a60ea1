using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Oms.Applying;
using Oms.Context;
using Oms.KeyRanges;
using Oms.Marks;
using Oms.MySql;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>
/// Writes chunks, each in one transaction and, if nothing is special about it, in one round trip. Trouble that passes (deadlock, lock wait,
/// lost connection) is met by trying again; after a lost connection the destination is asked whether the chunk is there.
/// </summary>
/// <param name="writer">This writer's number: its slot in the mark table.</param>
internal sealed partial class ChunkWriter(LinkContext context, ImportLog log, ImportOptions options, int writer) : IAsyncDisposable
{
    private readonly ChunkBatch _batch = new(context.Mark, writer, log);
    private readonly ByteBuffer _sql = new(options.ChunkBytes + (64 << 10));
    private RowSession? _connection;

    /// <summary>Writes a chunk; returns how many of its rows were left out because they exist.</summary>
    public async Task<long> WriteAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        var firstLine = ImportLog.LinesOf(chunk, 0)[0].Number;
        var ignoreExisting = false;
        var ignored = 0L;

        async Task Write(RowSession connection)
        {
            if (!ignoreExisting && !chunk.HasInvalidEnums)
            {
                _batch.Whole(_sql, chunk);
                await connection.ExecuteBatchAsync(_sql.Written, cancellationToken);
                return;
            }

            var at = _batch.Rows(_sql, chunk, ignoreExisting);
            var results = await connection.ExecuteBatchAsync(_sql.Written, cancellationToken);
            ignored = CountIgnored(chunk, at, results);
            _batch.End(_sql, chunk, ignored);
            await connection.ExecuteBatchAsync(_sql.Written, cancellationToken);
        }

        bool Handle(MySqlException e)
        {
            // Only once a row was found to exist: INSERT IGNORE needs its warnings looked at, a plain INSERT does not.
            if (e.Number != ErrorNumber.DuplicateEntry || ignoreExisting || context.Project.Full.ExistingRecords != ExistingRecords.Ignore)
                return false;
            return ignoreExisting = true;
        }

        try
        {
            await CommitAsync(chunk.Range.Table, firstLine, Write, Handle, cancellationToken);
        }
        catch (OmsException e) when (e.InnerException is MySqlException error && CheckViolation.IsIn(error))
        {
            throw CheckViolation.Error(
                chunk.Range.Table.Source,
                chunk.Range.Table.Destination,
                await ViolatingRowAsync(chunk, error, cancellationToken),
                error
            );
        }
        return ignored;
    }

    /// <summary>Records a planned range.</summary>
    public Task RecordAsync(RangeCopy range, CancellationToken cancellationToken)
    {
        async Task Write(RowSession connection)
        {
            _batch.Plan(_sql, range);
            await connection.ExecuteBatchAsync(_sql.Written, cancellationToken);
        }

        return CommitAsync(range.Table, ImportLog.PlanLine(range).Number, Write, _ => false, cancellationToken);
    }

    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Runs a transaction until it is committed exactly once: <paramref name="line"/> of the log, written by it, tells.</summary>
    private async Task CommitAsync(
        TableCopy table,
        long line,
        Func<RowSession, Task> write,
        Func<MySqlException, bool> handle,
        CancellationToken cancellationToken
    )
    {
        var isUncertain = false;
        for (var failures = 0; ; )
        {
            try
            {
                var connection = await OpenAsync(cancellationToken);
                if (isUncertain && await log.HasAsync(connection, table, line, cancellationToken))
                    return;
                await write(connection);
                return;
            }
            catch (MySqlException e) when (Backoff.Helps(e) && ++failures < Backoff.Attempts)
            {
                isUncertain |= e.IsOutcomeUnknown;
                await RollBackAsync(e, cancellationToken);
                await Task.Delay(Backoff.After(failures), cancellationToken);
            }
            catch (MySqlException e) when (!Backoff.Helps(e))
            {
                await RollBackAsync(e, cancellationToken);
                await ThrowIfFencedAsync(cancellationToken);
                // The lost connection's transaction can still have been committed after we looked.
                if (
                    isUncertain
                    && e.Number == ErrorNumber.DuplicateEntry
                    && await log.HasAsync(await OpenAsync(cancellationToken), table, line, cancellationToken)
                )
                    return;
                if (!handle(e))
                    throw ImportError.Writing(table, e);
            }
            catch (MySqlException e)
            {
                throw ImportError.Writing(table, e);
            }
        }
    }

    /// <summary>Rows that the destination left out, once every warning is accounted for: a row that exists, or an ENUM's number
    /// 0.</summary>
    private long CountIgnored(Chunk chunk, IReadOnlyList<int> at, IReadOnlyList<StatementResult> results)
    {
        if (results[ChunkBatch.MarkStatement].AffectedRows != 1)
            throw context.Mark.Fenced();
        var ignored = 0L;
        for (var i = 0; i < at.Count; i++)
        {
            var statement = chunk.Statements[i];
            var leftOut = statement.Rows - results[at[i]].AffectedRows;
            long existing = 0,
                invalidEnums = 0;
            foreach (var warning in results[at[i] + 1].Rows)
            {
                switch (WarningNumber(warning.Span))
                {
                    case ErrorNumber.DuplicateEntry:
                        existing++;
                        break;
                    case ErrorNumber.DataTruncated when IsComputed(chunk.Range.Table, WarningText(warning.Span)):
                        break;
                    case ErrorNumber.DataTruncated when statement.InvalidEnums > 0:
                        invalidEnums++;
                        break;
                    default:
                        throw ImportError.ValueChanged(chunk.Range.Table, WarningText(warning.Span));
                }
            }

            if (existing != leftOut || invalidEnums != statement.InvalidEnums)
                throw ImportError.ValueChanged(
                    chunk.Range.Table,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{statement.Rows} rows with {statement.InvalidEnums} empty ENUM values gave {leftOut} rows left out, {existing} of them existing, and {invalidEnums} truncation warnings"
                    )
                );
            ignored += leftOut;
        }

        return ignored;
    }

    /// <summary>One of the chunk's rows that are against a constraint, looked for at the source by the destination's words for it; null
    /// where the source does not understand them.</summary>
    private async Task<string?> ViolatingRowAsync(Chunk chunk, MySqlException error, CancellationToken cancellationToken)
    {
        var table = chunk.Range.Table;
        var clause = await (await OpenAsync(cancellationToken)).QueryRowAsync(
            $"SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = {SqlLiteral.Quote(table.Destination.Database)} AND CONSTRAINT_NAME = {SqlLiteral.Quote(CheckViolation.ConstraintOf(error) ?? "")}",
            cancellationToken
        );
        if (clause?[0] is not { } condition)
            return null;
        await using var source = new ReaderSession(context.SourceSession);
        try
        {
            var where = table.Key.Where(chunk.Range.Rows with { UpTo = chunk.LastKey }, table.Filter);
            await using var rows = await (await source.OpenAsync(cancellationToken)).QueryTextRowsAsync(
                $"SELECT {table.Key.SelectList} FROM {table.Source.Sql}{(where.Length == 0 ? " WHERE" : $"{where} AND")} NOT ({GeneratedExpression.Plain(condition)}) LIMIT 1",
                cancellationToken
            );
            return await rows.ReadAsync(cancellationToken) ? table.Key.Describe(rows.Current.Span) : null;
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            // Another product's words, or columns of another name: the constraint is named without the row.
            return null;
        }
    }

    /// <summary>Whether a warning is about a generated column: the server says how it rounded what it computed itself.</summary>
    private static bool IsComputed(TableCopy table, string warning) =>
        TruncatedColumn().Match(warning) is { Success: true } match && !table.Insert.Writes(match.Groups[1].Value);

    [GeneratedRegex("for column '(.+)' at row ")]
    private static partial Regex TruncatedColumn();

    private static int WarningNumber(ReadOnlySpan<byte> row) =>
        TextRow.TryGet(row, 1, out var number)
            ? int.Parse(number, CultureInfo.InvariantCulture)
            : throw new FormatException("A warning without a number.");

    private static string WarningText(ReadOnlySpan<byte> row) => TextRow.TryGet(row, 2, out var text) ? Encoding.UTF8.GetString(text) : "";

    private async Task ThrowIfFencedAsync(CancellationToken cancellationToken)
    {
        var sql = Encoding.UTF8.GetBytes($"BEGIN;{context.Mark.FullImportStatement(writer)};ROLLBACK");
        var results = await (await OpenAsync(cancellationToken)).ExecuteBatchAsync(sql, cancellationToken);
        if (results[1].AffectedRows != 1)
            throw context.Mark.Fenced();
    }

    private async Task<RowSession> OpenAsync(CancellationToken cancellationToken)
    {
        if (_connection is { } open)
            return open;
        var connection = await ServerSession.OpenAsync(context.DestinationSession, SessionPurpose.WriteRows, cancellationToken);
        try
        {
            await SessionOrigin.SetAsync(connection, context.Destination.Type, context.Source.Region, cancellationToken);
            // Waits for a transaction that a lost connection of this writer may have left behind.
            await context.Mark.CreateSlotAsync(connection, TxnMark.FullImportSlot + writer, cancellationToken);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        return _connection = connection;
    }

    /// <summary>Puts the session back to where a transaction begins; a lost one is given up.</summary>
    private async Task RollBackAsync(MySqlException e, CancellationToken cancellationToken)
    {
        if (_connection is not { } connection)
            return;
        if (e.IsConnectionLost)
        {
            await CloseAsync();
            return;
        }

        try
        {
            await connection.ExecuteBatchAsync(
                Encoding.UTF8.GetBytes($"ROLLBACK;{SessionSettings.SetMode(SessionSettings.StrictMode)}"),
                cancellationToken
            );
        }
        catch (MySqlException lost) when (lost.IsConnectionLost)
        {
            await CloseAsync(); // which rolls back as well
        }
    }

    private async ValueTask CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
