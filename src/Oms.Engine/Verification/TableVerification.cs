using System.Diagnostics;
using System.Globalization;
using System.Text;
using Oms.KeyRanges;
using Oms.Schema;

namespace Oms.Verification;

/// <summary>One table under verification: its ranges are compared by several workers at once.</summary>
internal sealed class TableVerification(string project, TablePair pair, VerificationOptions options)
{
    private const int KeysAQuery = 500;

    private readonly Lock _lock = new();
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private DifferenceList _differences = new(options.MaxDifferences, options.MaxDifferenceBytes);
    private long _sourceRows, _destinationRows;
    private int _openRanges = 1; // the plan itself counts as one, until all ranges are known

    public RowChecksum Checksum { get; } = new(pair);

    public TableName Name => pair.Source.Name;

    /// <summary>Whether so much differs that the rest is not looked at.</summary>
    public bool IsGivenUp { get; private set; }

    public bool HasDifferences => _differences.Count > 0;

    public void AddOpenRange() => Interlocked.Increment(ref _openRanges);

    /// <summary>A range, or the plan of ranges, is done; true when with it the table is.</summary>
    public bool CloseRange() => Interlocked.Decrement(ref _openRanges) == 0;

    /// <summary>Compares a range: by checksums, and where they differ row by row.</summary>
    public async Task CompareAsync(KeyRange range, ReaderSession source, ReaderSession destination, CancellationToken cancellationToken)
    {
        var sums = await Task.WhenAll(SumAsync(source, Checksum.SourceSide, range, cancellationToken), SumAsync(destination, Checksum.DestinationSide, range, cancellationToken));
        Interlocked.Add(ref _sourceRows, sums[0].Rows);
        Interlocked.Add(ref _destinationRows, sums[1].Rows);
        if (sums[0] == sums[1])
            return;

        var keyColumns = Checksum.Key.Columns.Count;
        // Through a dictionary and not by a merge: only the server knows the order of a collation.
        var expected = await source.RetryAsync(c => RowHashes.ReadAsync(c, Checksum.RowsSql(Checksum.SourceSide, range), keyColumns, cancellationToken), cancellationToken);
        await using (var stream = await (await destination.OpenAsync(cancellationToken)).QueryTextRowsAsync(Checksum.RowsSql(Checksum.DestinationSide, range), cancellationToken))
        {
            while (!IsGivenUp && await stream.ReadAsync(cancellationToken))
            {
                var (key, hash) = RowHashes.Split(stream.Current.Span, keyColumns);
                var wanted = expected.Take(key);
                if (wanted != hash)
                    Add(wanted is null ? DifferenceKind.DestinationOnly : DifferenceKind.Mismatched, key);
            }
        }

        if (IsGivenUp)
            return;
        foreach (var key in expected.Keys)
            Add(DifferenceKind.SourceOnly, key);
    }

    /// <summary>Looks at the differing rows again: those that are equal by now were on their way. Returns when none is left or the time is up.</summary>
    public async Task RecheckAsync(ReaderSession source, ReaderSession destination, CancellationToken cancellationToken)
    {
        var window = Stopwatch.StartNew();
        var pause = options.FirstPause;
        for (var round = 1; round <= options.Rounds && HasDifferences; round++)
        {
            if (round > 1)
            {
                if (window.Elapsed + pause > options.Window)
                    break;
                await Task.Delay(pause, cancellationToken);
                pause = pause * 2 < options.LongestPause ? pause * 2 : options.LongestPause;
            }

            _differences = await StillDifferentAsync(source, destination, cancellationToken);
        }
    }

    public TableConsistency Result()
    {
        var counts = _differences.Entries().CountBy(d => d.Kind).ToDictionary();
        return new TableConsistency
        {
            Project = project,
            Table = Name.ToString(),
            SourceRows = _sourceRows,
            DestinationRows = _destinationRows,
            Mismatched = counts.GetValueOrDefault(DifferenceKind.Mismatched),
            SourceOnly = counts.GetValueOrDefault(DifferenceKind.SourceOnly),
            DestinationOnly = counts.GetValueOrDefault(DifferenceKind.DestinationOnly),
            Differences = [.. _differences.Entries().Take(options.NamedDifferences).Select(d => $"{d.Kind} {Checksum.Key.Describe(d.Key.Span)}")],
            IsPartial = IsGivenUp,
            Duration = _time.Elapsed,
        };
    }

    private Task<(long Rows, ulong Checksum)> SumAsync(ReaderSession session, RowChecksum.Side side, KeyRange range, CancellationToken cancellationToken) => session.RetryAsync(async connection =>
    {
        var row = await connection.QueryRowAsync(Checksum.RangeSql(side, range), cancellationToken) ?? throw new FormatException("An aggregate without a row.");
        return (long.Parse(row[0]!, CultureInfo.InvariantCulture), ulong.Parse(row[1]!, CultureInfo.InvariantCulture));
    }, cancellationToken);

    private async Task<DifferenceList> StillDifferentAsync(ReaderSession source, ReaderSession destination, CancellationToken cancellationToken)
    {
        var still = new DifferenceList(options.MaxDifferences, options.MaxDifferenceBytes);
        foreach (var batch in _differences.Entries().Chunk(KeysAQuery))
        {
            var keys = batch.Select(d => d.Key);
            // The source first: what it has by now may reach the destination meanwhile.
            var expected = await HashesAsync(source, Checksum.SourceSide, keys, cancellationToken);
            var found = await HashesAsync(destination, Checksum.DestinationSide, keys, cancellationToken);
            foreach (var key in keys)
            {
                var name = Encoding.Latin1.GetString(key.Span);
                var (wanted, actual) = (expected.Find(name), found.Find(name));
                if (wanted != actual)
                    still.Add(wanted is null ? DifferenceKind.DestinationOnly : actual is null ? DifferenceKind.SourceOnly : DifferenceKind.Mismatched, key.Span);
            }
        }

        return still;
    }

    private Task<RowHashes> HashesAsync(ReaderSession session, RowChecksum.Side side, IEnumerable<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) =>
        session.RetryAsync(connection => RowHashes.ReadAsync(connection, Checksum.RowsSql(side, keys), Checksum.Key.Columns.Count, cancellationToken), cancellationToken);

    private void Add(DifferenceKind kind, string key)
    {
        lock (_lock)
        {
            _differences.Add(kind, Encoding.Latin1.GetBytes(key));
            IsGivenUp |= _differences.IsFull;
        }
    }
}
