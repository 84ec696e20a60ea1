using System.Threading.Channels;
using Oms.KeyRanges;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Verification;

/// <summary>One run of full verification: a planner that cuts tables into ranges, workers that compare them, and others that look at the
/// rows of ranges that differ again.</summary>
/// <param name="results">Where each table goes as it is done; the caller completes it.</param>
internal sealed class VerificationRun(
    string project,
    SessionOptions sourceSession,
    SessionOptions destinationSession,
    IReadOnlyList<TablePair> tables,
    VerificationOptions options,
    Func<TimeSpan, CancellationToken, Task<bool>> carriedAsync,
    ChannelWriter<TableConsistency> results
)
{
    private const int Recheckers = 4;

    private readonly Channel<(TableVerification Table, KeyRange Range)> _ranges = Channel.CreateBounded<(TableVerification, KeyRange)>(
        options.Workers
    );
    private readonly Channel<TableVerification> _doubtful = Channel.CreateUnbounded<TableVerification>();

    public Task RunAsync(CancellationToken cancellationToken) =>
        TaskGroup.RunAsync([ScanAsync, .. Enumerable.Repeat<Func<CancellationToken, Task>>(RecheckAsync, Recheckers)], cancellationToken);

    private async Task ScanAsync(CancellationToken stop)
    {
        var workers = Enumerable.Repeat<Func<CancellationToken, Task>>(CompareAsync, options.Workers);
        await TaskGroup.RunAsync([PlanAsync, .. workers], stop);
        _doubtful.Writer.Complete();
    }

    private async Task PlanAsync(CancellationToken stop)
    {
        await using var source = new ReaderSession(sourceSession);
        await using var destination = new ReaderSession(destinationSession);
        foreach (var pairs in tables.GroupBy(p => p.Destination.Name))
        {
            var table = new TableVerification(project, [.. pairs], options);
            var (session, side) = table.IsAggregated ? (destination, table.Checksum.Destination) : (source, table.Checksum.Sources[0]);
            byte[]? after = null;
            do
            {
                var from = after;
                // A range of one order is none of another.
                after = !table.HasOneOrder
                    ? null
                    : await session.RetryAsync(
                        c => KeyWalk.NextBoundaryAsync(c, side.Table, side.Key, from, options.RangeRows, stop),
                        stop
                    );
                table.AddOpenRange();
                await _ranges.Writer.WriteAsync((table, new KeyRange(from, after)), stop);
            } while (after is not null && !table.IsGivenUp);
            await CloseRangeAsync(table, stop);
        }

        _ranges.Writer.Complete();
    }

    private async Task CompareAsync(CancellationToken stop)
    {
        await using var source = new ReaderSession(sourceSession);
        await using var destination = new ReaderSession(destinationSession);
        await foreach (var (table, range) in _ranges.Reader.ReadAllAsync(stop))
        {
            if (!table.IsGivenUp)
                await table.CompareAsync(range, source, destination, stop);
            await CloseRangeAsync(table, stop);
        }
    }

    private async Task RecheckAsync(CancellationToken stop)
    {
        await using var source = new ReaderSession(sourceSession);
        await using var destination = new ReaderSession(destinationSession);
        await foreach (var table in _doubtful.Reader.ReadAllAsync(stop))
        {
            await table.RecheckAsync(source, destination, carriedAsync, stop);
            await table.ReadRowsAsync(source, destination, stop);
            await results.WriteAsync(table.Result(), stop);
        }
    }

    private async ValueTask CloseRangeAsync(TableVerification table, CancellationToken stop)
    {
        if (!table.CloseRange())
            return;
        if (table.HasDifferences)
            await _doubtful.Writer.WriteAsync(table, stop);
        else
            await results.WriteAsync(table.Result(), stop);
    }
}
