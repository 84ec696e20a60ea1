namespace Oms.Verification;

/// <summary>How verification goes about it.</summary>
internal sealed record VerificationOptions
{
    /// <summary>Rows of a range: one checksum on each side.</summary>
    public int RangeRows { get; init; } = 25_000;

    /// <summary>Ranges at a time: each takes a connection to either side.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Differing rows that a result names.</summary>
    public int NamedDifferences { get; init; } = 1_000;

    /// <summary>Whether a result holds the rows that it names, as they are on both sides.</summary>
    public bool IncludeRows { get; init; }

    /// <summary>A table is given up at so many differing rows, or when their keys take so many bytes.</summary>
    public int MaxDifferences { get; init; } = 1_000_000;
    public int MaxDifferenceBytes { get; init; } = 48 << 20;

    /// <summary>How often, and for how long at most, rows that differ are looked at again: a running link may just be bringing
    /// them.</summary>
    public int Rounds { get; init; } = 20;
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The pause before the second look; it doubles up to the longest.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether -0 and 0 are different values (see <see cref="RowChecksum"/>).</summary>
    public bool TellsNegativeZero { get; init; }

    /// <summary>The same for two servers.</summary>
    public VerificationOptions Between(DataSource source, DataSource destination) =>
        this with
        {
            TellsNegativeZero = source.Type != DataSourceType.MariaDB && destination.Type != DataSourceType.MariaDB,
        };

    /// <summary>When nothing is on its way: one more look, no waiting.</summary>
    public VerificationOptions WhenIdle() => this with { Rounds = 1 };
}
