namespace Oms.MySql;

/// <summary>The product behind a server's version string.</summary>
public enum ServerFlavour { MySql, MariaDb, OceanBase }

/// <summary>A column of a result set.</summary>
public sealed record ResultColumn(string Name, byte Type, ushort CharacterSet, ushort Flags, uint Length, byte Decimals, string Table, string Database);

/// <summary>The outcome of one statement of a batch. Rows are text rows (see <see cref="TextRow"/>), copies that stay valid.</summary>
public sealed record StatementResult(long AffectedRows, long LastInsertId, int Warnings, string Info, IReadOnlyList<ResultColumn> Columns, IReadOnlyList<ReadOnlyMemory<byte>> Rows);

/// <summary>The rows of one text query, streamed; nothing is decoded. Dispose ends the query (the rest is read away, or killed when long).</summary>
public sealed class TextRowStream : IAsyncDisposable
{
    public IReadOnlyList<ResultColumn> Columns => throw new NotImplementedException();

    /// <summary>Moves to the next row; false at the end.</summary>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The row as the server sent it (see <see cref="TextRow"/>); valid until the next <see cref="ReadAsync"/>.</summary>
    public ReadOnlyMemory<byte> Current => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

// What no ADO.NET provider gives: the engine's fast paths. SQL text is UTF-8.
public sealed partial class MySqlConnection
{
    public ServerFlavour Flavour => throw new NotImplementedException();

    /// <summary>The server's id of this connection, as in the thread_id of its QUERY events.</summary>
    public long ConnectionId => throw new NotImplementedException();

    /// <summary>Bytes that one packet to this server may hold (<c>max_allowed_packet</c>, read when the connection opened).</summary>
    public long MaxAllowedPacket => throw new NotImplementedException();

    /// <summary>Runs one statement without a result set; returns the affected (found) rows.</summary>
    public Task<long> ExecuteAsync(string sql, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The first row of a query as strings (utf8), null when there is none.</summary>
    public Task<string?[]?> QueryRowAsync(string sql, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>All rows of a query as strings.</summary>
    public Task<List<string?[]>> QueryRowsAsync(string sql, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Streams a query's rows undecoded.</summary>
    public Task<TextRowStream> QueryTextRowsAsync(string sql, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Sends several statements (separated by semicolons) in one round trip and returns a result for each.
    /// </summary>
    /// <exception cref="MySqlException">A statement failed: StatementIndex says which; those after it did not run.</exception>
    public Task<IReadOnlyList<StatementResult>> ExecuteBatchAsync(ReadOnlyMemory<byte> sql, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
