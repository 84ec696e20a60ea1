using Oms.MySql.Packets;

namespace Oms.MySql;

/// <summary>The rows of one text query, streamed; nothing is decoded. Dispose ends the query (the rest is read away, or killed when
/// long).</summary>
public sealed class TextRowStream : IAsyncDisposable
{
    private readonly RunningQuery _query;
    private readonly CancellationToken _cancellation;

    internal TextRowStream(RunningQuery query, CancellationToken cancellation) => (_query, _cancellation) = (query, cancellation);

    public IReadOnlyList<ResultColumn> Columns => _query.Result.Columns;

    /// <summary>Moves to the next row; false at the end.</summary>
    /// <param name="cancellationToken">Stops the query on the server; where none is given, that of the query.</param>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default) =>
        _query.ReadRowAsync(cancellationToken.CanBeCanceled ? cancellationToken : _cancellation);

    /// <summary>The row as the server sent it (see <see cref="TextRow"/>); valid until the next <see cref="ReadAsync"/>.</summary>
    public ReadOnlyMemory<byte> Current => _query.Result.CurrentRow;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _query.DisposeAsync();
}
