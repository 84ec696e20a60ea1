using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Oms.KeyRanges;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Verification;

/// <summary>One table of the destination under verification: its ranges are compared by several workers at once.</summary>
/// <param name="pairs">The table and its counterpart; several when several tables go to it.</param>
internal sealed class TableVerification(string project, IReadOnlyList<TablePair> pairs, VerificationOptions options)
{
    private const int KeysAQuery = 500;

    /// <summary>A row that changes to and fro could be seen the same once by chance.</summary>
    private const int EnoughLooks = 2;

    /// <summary>A row that is written to all the time may never stand still.</summary>
    private const int PatienceWithMoving = 6;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _sourceImages = [],
        _destinationImages = [];
    private long _scanStarted,
        _scanEnded;
    private TimeSpan _rechecked;
    private DifferenceList _differences = new(options.MaxDifferences, options.MaxDifferenceBytes);
    private long _sourceRows,
        _destinationRows;
    private int _openRanges = 1; // the plan itself counts as one, until all ranges are known

    public RowChecksum Checksum { get; } = new(pairs, options.TellsNegativeZero);

    /// <summary>The source's table, or the destination's when several go to it.</summary>
    public TableName Name => pairs.Count == 1 ? pairs[0].Source.Name : pairs[0].Destination.Name;

    /// <summary>Whether several tables of the source go to it: then only the destination has all its keys.</summary>
    public bool IsAggregated => pairs.Count > 1;

    /// <summary>Whether both sides sort the key alike: not where its text has another collation at the destination.</summary>
    public bool HasOneOrder =>
        pairs.All(p =>
            p.Source.RowKey!.Columns.Select(i => p.Source.Columns[i])
                .All(c => c.Collation is null || p.Charsets.MapCollation(c.Collation) is null)
        );

    /// <summary>Whether so much differs that the rest is not looked at.</summary>
    public bool IsGivenUp { get; private set; }

    public bool HasDifferences => _differences.Count > 0;

    public void AddOpenRange() => Interlocked.Increment(ref _openRanges);

    /// <summary>A range, or the plan of ranges, is done; true when with it the table is.</summary>
    public bool CloseRange()
    {
        if (Interlocked.Decrement(ref _openRanges) > 0)
            return false;
        _scanEnded = Stopwatch.GetTimestamp();
        return true;
    }

    /// <summary>Compares a range: by checksums, and where they differ row by row.</summary>
    public async Task CompareAsync(KeyRange range, ReaderSession source, ReaderSession destination, CancellationToken cancellationToken)
    {
        Interlocked.CompareExchange(ref _scanStarted, Stopwatch.GetTimestamp(), 0);
        var sums = await Task.WhenAll(
            SumAsync(source, Checksum.Sources, range, cancellationToken),
            SumAsync(destination, [Checksum.Destination], range, cancellationToken)
        );
        Interlocked.Add(ref _sourceRows, sums[0].Rows);
        Interlocked.Add(ref _destinationRows, sums[1].Rows);
        if (sums[0] == sums[1])
            return;

        var keyColumns = Checksum.Key.Columns.Count;
        // Through a dictionary and not by a merge: only the server knows the order of a collation.
        var expected = await SourceHashesAsync(source, side => RowChecksum.RowsSql(side, range), cancellationToken);
        await using (
            var stream = await (await destination.OpenAsync(cancellationToken)).QueryTextRowsAsync(
                RowChecksum.RowsSql(Checksum.Destination, range),
                cancellationToken
            )
        )
        {
            while (!IsGivenUp && await stream.ReadAsync(cancellationToken))
            {
                var (key, hash) = RowHashes.Split(stream.Current.Span, keyColumns);
                var wanted = expected.Take(key);
                if (wanted != hash)
                    Add(KindOf(wanted, hash), key);
            }
        }

        if (IsGivenUp)
            return;
        foreach (var key in expected.Keys)
            Add(DifferenceKind.SourceOnly, key);
    }

    /// <summary>
    /// Looks at the differing rows again: those that are equal by now were on their way. A row that stands still on a side in two more
    /// looks, each after the link had brought all that stood in the log at the look before, differs in earnest. One that becomes another on
    /// both sides from look to look is being carried. Returns when all are decided or the time is up.
    /// </summary>
    /// <param name="carriedAsync">Waits until running links have brought all that stands in the log now, at most so long; false: that can't
    /// be told.</param>
    public async Task RecheckAsync(
        ReaderSession source,
        ReaderSession destination,
        Func<TimeSpan, CancellationToken, Task<bool>> carriedAsync,
        CancellationToken cancellationToken
    )
    {
        var window = Stopwatch.StartNew();
        var pause = options.FirstPause;
        for (var round = 1; round <= options.Rounds && HasDifferences; round++)
        {
            var isCarried = false;
            if (round > 1)
            {
                isCarried = await carriedAsync(options.Window - window.Elapsed, cancellationToken);
                if (!isCarried)
                {
                    if (window.Elapsed + pause > options.Window)
                        break;
                    await Task.Delay(pause, cancellationToken);
                    pause = pause * 2 < options.LongestPause ? pause * 2 : options.LongestPause;
                }
            }

            _differences = await StillDifferentAsync(source, destination, isCarried, cancellationToken);
            if (_differences.Entries().All(d => d.Standing >= EnoughLooks || d.Moving >= PatienceWithMoving))
                break;
        }
        _rechecked = window.Elapsed;
    }

    /// <summary>Reads the named differences' rows on both sides, where they are asked for.</summary>
    public async Task ReadRowsAsync(ReaderSession source, ReaderSession destination, CancellationToken cancellationToken)
    {
        if (!options.IncludeRows)
            return;
        foreach (
            var keys in _differences
                .Entries()
                .Where(d => !IsUndecided(d))
                .Take(options.NamedDifferences)
                .Select(d => d.Key)
                .Chunk(KeysAQuery)
        )
        {
            foreach (var (side, pair) in Checksum.Sources.Zip(pairs))
                await ReadAsync(source, side, pair.Source.Columns, keys, _sourceImages, cancellationToken);
            await ReadAsync(destination, Checksum.Destination, pairs[0].Destination.Columns, keys, _destinationImages, cancellationToken);
        }
    }

    private async Task ReadAsync(
        ReaderSession session,
        RowChecksum.HashedSide side,
        IReadOnlyList<ColumnShape> columns,
        ReadOnlyMemory<byte>[] keys,
        Dictionary<string, string> images,
        CancellationToken cancellationToken
    )
    {
        var read = await session.RetryAsync(
            c => RowImages.ReadAsync(c, side, columns, Checksum.Key.Columns.Count, keys, cancellationToken),
            cancellationToken
        );
        foreach (var (key, image) in read)
            images[key] = image;
    }

    public TableConsistency Result()
    {
        var differences = _differences.Entries().Where(d => !IsUndecided(d));
        var counts = differences.CountBy(d => d.Kind).ToDictionary();
        return new TableConsistency
        {
            Project = project,
            Table = Name.ToString(),
            SourceRows = _sourceRows,
            DestinationRows = _destinationRows,
            Mismatched = counts.GetValueOrDefault(DifferenceKind.Mismatched),
            SourceOnly = counts.GetValueOrDefault(DifferenceKind.SourceOnly),
            DestinationOnly = counts.GetValueOrDefault(DifferenceKind.DestinationOnly),
            Undecided = _differences.Entries().Count(IsUndecided),
            Differences = [.. differences.Take(options.NamedDifferences).Select(Describe)],
            IsPartial = IsGivenUp,
            Duration = Stopwatch.GetElapsedTime(_scanStarted, _scanEnded) + _rechecked,
        };
    }

    // Two looks, and not one: the first may have come right before and behind the only change.
    private static bool IsUndecided(Difference difference) => difference.Moving >= EnoughLooks;

    private RowDifference Describe(Difference difference)
    {
        var key = Encoding.Latin1.GetString(difference.Key.Span);
        return new RowDifference
        {
            Table = Name.ToString(),
            Kind = difference.Kind,
            Key = Checksum.Key.Describe(difference.Key.Span),
            SourceRow = _sourceImages.GetValueOrDefault(key),
            DestinationRow = _destinationImages.GetValueOrDefault(key),
        };
    }

    private static async Task<(long Rows, ulong Checksum)> SumAsync(
        ReaderSession session,
        IReadOnlyList<RowChecksum.HashedSide> sides,
        KeyRange range,
        CancellationToken cancellationToken
    )
    {
        var (rows, checksum) = (0L, 0UL);
        foreach (var side in sides)
        {
            var sum =
                await session.RetryAsync(c => c.QueryRowAsync(RowChecksum.RangeSql(side, range), cancellationToken), cancellationToken)
                ?? throw new FormatException("An aggregate without a row.");
            rows += long.Parse(sum[0]!, CultureInfo.InvariantCulture);
            checksum ^= ulong.Parse(sum[1]!, CultureInfo.InvariantCulture);
        }
        return (rows, checksum);
    }

    /// <param name="isCarried">Whether the link has brought all that stood in the log at the last look.</param>
    private async Task<DifferenceList> StillDifferentAsync(
        ReaderSession source,
        ReaderSession destination,
        bool isCarried,
        CancellationToken cancellationToken
    )
    {
        var still = new DifferenceList(options.MaxDifferences, options.MaxDifferenceBytes);
        foreach (var batch in _differences.Entries().Chunk(KeysAQuery))
        {
            var keys = batch.Select(d => d.Key);
            // The source first: what it has by now may reach the destination meanwhile.
            var expected = await SourceHashesAsync(source, side => RowChecksum.RowsSql(side, keys), cancellationToken);
            var found = await HashesAsync(destination, RowChecksum.RowsSql(Checksum.Destination, keys), cancellationToken);
            foreach (var before in batch)
            {
                var name = Encoding.Latin1.GetString(before.Key.Span);
                var (wanted, actual) = (expected.Find(name), found.Find(name));
                if (wanted == actual)
                    continue;
                still.Add(before.Again(KindOf(wanted, actual), Fingerprint(wanted), Fingerprint(actual), isCarried));
            }
        }

        return still;
    }

    private async Task<RowHashes> SourceHashesAsync(
        ReaderSession source,
        Func<RowChecksum.HashedSide, string> sql,
        CancellationToken cancellationToken
    )
    {
        var all = await HashesAsync(source, sql(Checksum.Sources[0]), cancellationToken);
        foreach (var side in Checksum.Sources.Skip(1))
            all.Add(await HashesAsync(source, sql(side), cancellationToken));
        return all;
    }

    private Task<RowHashes> HashesAsync(ReaderSession session, string sql, CancellationToken cancellationToken) =>
        session.RetryAsync(
            connection => RowHashes.ReadAsync(connection, sql, Checksum.Key.Columns.Count, cancellationToken),
            cancellationToken
        );

    private void Add(DifferenceKind kind, string key)
    {
        lock (_lock)
        {
            _differences.Add(new Difference(kind, Encoding.Latin1.GetBytes(key)));
            IsGivenUp |= _differences.IsFull;
        }
    }

    private static ulong Fingerprint(string? hash) => hash is null ? 0 : XxHash64.HashToUInt64(Encoding.Latin1.GetBytes(hash));

    private static DifferenceKind KindOf(string? wanted, string? actual) =>
        wanted is null ? DifferenceKind.DestinationOnly
        : actual is null ? DifferenceKind.SourceOnly
        : DifferenceKind.Mismatched;
}
