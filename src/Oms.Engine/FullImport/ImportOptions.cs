namespace Oms.FullImport;

/// <summary>How much full migration does at a time. Memory is about workers × 3 × chunk bytes.</summary>
internal sealed record ImportOptions
{
    private const int AllChunkBytes = 24 << 20;

    /// <summary>Pairs of connections that copy: one reads, one writes.</summary>
    public int Workers { get; init; } = 8;

    /// <summary>Rows of a range: what one worker copies in order and others can copy beside it.</summary>
    public int RangeRows { get; init; } = 100_000;

    /// <summary>Rows that one SELECT reads at most: it bounds how long the source keeps a snapshot for it.</summary>
    public int ReadRows { get; init; } = 20_000;

    /// <summary>A chunk, one transaction at the destination, ends when it has this many bytes of SQL or this many rows.</summary>
    public int ChunkBytes { get; init; } = 1 << 20;
    public int ChunkRows { get; init; } = 10_000;

    /// <summary>Bytes of one INSERT.</summary>
    public int StatementBytes { get; init; } = 512 << 10;

    public static ImportOptions For(FullMigrationOptions options)
    {
        // A worker needs both a reader and a writer, so the smaller number of the two counts.
        var workers = options.Speed switch
        {
            ConcurrencySpeed.Stable => 4,
            ConcurrencySpeed.Normal => 8,
            ConcurrencySpeed.Fast => 32,
            _ => Math.Clamp(Math.Min(options.ReadConcurrency ?? 8, options.WriteConcurrency ?? 8), 1, 64),
        };
        return new ImportOptions { Workers = workers, ChunkBytes = Math.Clamp(AllChunkBytes / workers, 512 << 10, 2 << 20) };
    }
}
