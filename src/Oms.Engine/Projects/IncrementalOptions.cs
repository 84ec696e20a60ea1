using Newtonsoft.Json;

namespace Oms;

/// <summary>
/// What incremental synchronization may use. Presets: writers / megabytes of rows in memory: Stable 1/16, Normal 4/48, Fast 8/96; Custom
/// takes the two from here, and Normal's where they are not given. The throttles hold with every preset.
/// </summary>
public sealed record IncrementalOptions
{
    public const int MaxWriters = 64,
        LeastMemoryMegabytes = 8,
        MostMemoryMegabytes = 4096,
        LeastBytesPerSecond = 1024;

    public ConcurrencySpeed Speed { get; init; } = ConcurrencySpeed.Normal;

    /// <summary>With <see cref="ConcurrencySpeed.Custom"/>: connections that write at the destination, 1–64.</summary>
    public int? WriteConcurrency { get; init; }

    /// <summary>With <see cref="ConcurrencySpeed.Custom"/>: megabytes of the source's rows that are held in memory at most, 8–4096. The
    /// process needs some 100 MB beside them.</summary>
    public int? MemoryMegabytes { get; init; }

    /// <summary>
    /// Whether the destination checks foreign keys when changes are applied; off by default, since the source has checked them. Off in any
    /// case while changes are replayed over a full migration, and for rows that settle a conflict afterwards.
    /// </summary>
    public bool ForeignKeyChecks { get; init; }

    /// <summary>Changed rows that are applied in a second at most, 1 or more; null: as many as go.</summary>
    public int? RowsPerSecond { get; init; }

    /// <summary>Bytes of changed rows (before and after) that are applied in a second at most, 1024 or more; null: as many as go.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Connections that write, whatever the preset.</summary>
    [JsonIgnore]
    public int Writers =>
        Speed switch
        {
            ConcurrencySpeed.Stable => 1,
            ConcurrencySpeed.Fast => 8,
            ConcurrencySpeed.Custom => WriteConcurrency ?? 4,
            _ => 4,
        };

    /// <summary>Bytes of the source's rows held in memory at most, whatever the preset.</summary>
    [JsonIgnore]
    public long MemoryBytes =>
        (
            Speed switch
            {
                ConcurrencySpeed.Stable => 16L,
                ConcurrencySpeed.Fast => 96L,
                ConcurrencySpeed.Custom => MemoryMegabytes ?? 48L,
                _ => 48L,
            }
        ) << 20;
}
