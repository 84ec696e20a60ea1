using System.Threading.Channels;

namespace Oms.FullImport;

/// <summary>Fills a range's rows into chunks, one after the other, and hands those over that are full.</summary>
internal sealed class ChunkFiller
{
    private readonly RangeCopy _range;
    private readonly ImportOptions _options;
    private readonly long _batchLimit;
    private readonly ChannelReader<Chunk> _free;
    private readonly ChannelWriter<Chunk> _full;
    private long _number;
    private byte[]? _emitted;
    private Chunk _chunk = null!;

    private ChunkFiller(RangeCopy range, ImportOptions options, long batchLimit, ChannelReader<Chunk> free, ChannelWriter<Chunk> full) =>
        (_range, _options, _batchLimit, _free, _full, _number, _emitted) = (
            range,
            options,
            batchLimit,
            free,
            full,
            range.NextChunk,
            range.Rows.After
        );

    /// <summary>Begins with the range's next chunk, once one is free.</summary>
    /// <param name="batchLimit">The bytes that a statement may have at the destination.</param>
    /// <param name="free">Where empty chunks come from.</param>
    /// <param name="full">Where filled ones go, the range's last one marked.</param>
    public static async Task<ChunkFiller> BeginAsync(
        RangeCopy range,
        ImportOptions options,
        long batchLimit,
        ChannelReader<Chunk> free,
        ChannelWriter<Chunk> full,
        CancellationToken cancellationToken
    )
    {
        var filler = new ChunkFiller(range, options, batchLimit, free, full);
        await filler.NextAsync(cancellationToken);
        return filler;
    }

    /// <summary>The key of the last row: those that came before a failure stay, and the next SELECT goes on behind them.</summary>
    public byte[]? After => _chunk.LastKey ?? _emitted;

    /// <exception cref="OmsException">RowTooLarge</exception>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> row, CancellationToken cancellationToken)
    {
        if (!_chunk.TryAdd(row.Span, _options.StatementBytes, _batchLimit))
        {
            if (_chunk.Rows > 0)
                await EmitAsync(cancellationToken);
            if (_chunk.Rows > 0 || !_chunk.TryAdd(row.Span, _options.StatementBytes, _batchLimit))
                throw ImportError.RowTooLarge(_range.Table, _emitted, _batchLimit);
        }

        if (_chunk.Bytes >= _options.ChunkBytes || _chunk.Rows >= _options.ChunkRows)
            await EmitAsync(cancellationToken);
    }

    /// <summary>Hands the last chunk over; the range is at its end.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        _chunk.End(endsRange: true);
        await _full.WriteAsync(_chunk, cancellationToken);
    }

    private async ValueTask EmitAsync(CancellationToken cancellationToken)
    {
        _emitted = _chunk.LastKey;
        _chunk.End(endsRange: false);
        await _full.WriteAsync(_chunk, cancellationToken);
        await NextAsync(cancellationToken);
    }

    private async ValueTask NextAsync(CancellationToken cancellationToken)
    {
        _chunk = await _free.ReadAsync(cancellationToken);
        _chunk.Begin(_range, _number++);
    }
}
