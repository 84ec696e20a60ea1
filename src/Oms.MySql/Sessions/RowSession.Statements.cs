using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql;

// Running statements. DefaultCommandTimeout limits each wait for the server.
public sealed partial class RowSession
{
    private TimeSpan DefaultTimeout => TimeSpan.FromSeconds(Options.DefaultCommandTimeout);

    /// <summary>Runs one statement without a result set; returns the affected (found) rows.</summary>
    public async Task<long> ExecuteAsync(string sql, CancellationToken cancellationToken = default)
    {
        var query = await StartAsync(sql, cancellationToken);
        var affected = 0L;
        do
        {
            while (await query.ReadRowAsync(cancellationToken)) { }
            affected += query.Result.Ok.AffectedRows;
        } while (await query.NextResultAsync(cancellationToken));
        return affected;
    }

    /// <summary>The first row of a query as strings (utf8), null when there is none.</summary>
    public async Task<string?[]?> QueryRowAsync(string sql, CancellationToken cancellationToken = default)
    {
        await using var stream = await QueryTextRowsAsync(sql, cancellationToken);
        return await stream.ReadAsync(cancellationToken) ? Strings(stream) : null;
    }

    /// <summary>All rows of a query as strings.</summary>
    public async Task<List<string?[]>> QueryRowsAsync(string sql, CancellationToken cancellationToken = default)
    {
        var rows = new List<string?[]>();
        await using var stream = await QueryTextRowsAsync(sql, cancellationToken);
        while (await stream.ReadAsync(cancellationToken))
            rows.Add(Strings(stream));
        return rows;
    }

    /// <summary>Streams a query's rows undecoded.</summary>
    /// <param name="cancellationToken">Stops the query on the server, also while rows are read.</param>
    public async Task<TextRowStream> QueryTextRowsAsync(string sql, CancellationToken cancellationToken = default)
    {
        var query = await StartAsync(sql, cancellationToken);
        while (query.Result.Columns.Count == 0 && await query.NextResultAsync(cancellationToken)) { }
        return new TextRowStream(query, cancellationToken);
    }

    /// <summary>
    /// Sends several statements (separated by semicolons) in one round trip and returns a result for each (a CALL has one for each of
    /// its queries, and one for itself).
    /// </summary>
    /// <exception cref="MySqlException">A statement failed: StatementIndex says which; those after it did not run. 2020: the text is larger
    /// than max_allowed_packet; nothing ran.</exception>
    public async Task<IReadOnlyList<StatementResult>> ExecuteBatchAsync(
        ReadOnlyMemory<byte> sql,
        CancellationToken cancellationToken = default
    )
    {
        var query = await StartAsync(sql, cancellationToken);
        var results = new List<StatementResult>();
        do
        {
            var columns = query.Result.Columns;
            List<ReadOnlyMemory<byte>> rows = [];
            while (await query.ReadRowAsync(cancellationToken))
                rows.Add(query.Result.CurrentRow.ToArray());
            var ok = query.Result.Ok;
            results.Add(new StatementResult(ok.AffectedRows, ok.LastInsertId, ok.Warnings, ok.Info, columns, rows.Count == 0 ? [] : rows));
        } while (await query.NextResultAsync(cancellationToken));
        return results;
    }

    private async Task<RunningQuery> StartAsync(string sql, CancellationToken cancellationToken)
    {
        using var text = new PooledBuffer(Encoding.UTF8.GetMaxByteCount(sql.Length));
        Encoding.UTF8.GetBytes(sql, text);
        return await StartAsync(text.WrittenMemory, cancellationToken);
    }

    private async Task<RunningQuery> StartAsync(ReadOnlyMemory<byte> sql, CancellationToken cancellationToken)
    {
        var query = await SendAsync(sql, DefaultTimeout, cancellationToken);
        await query.NextResultAsync(cancellationToken);
        return query;
    }

    private static string?[] Strings(TextRowStream stream)
    {
        var values = new string?[stream.Columns.Count];
        var row = new TextRow(stream.Current.Span);
        for (var i = 0; i < values.Length && row.TryRead(out var value, out var isNull); i++)
            values[i] = isNull ? null : Encoding.UTF8.GetString(value);
        return values;
    }
}
