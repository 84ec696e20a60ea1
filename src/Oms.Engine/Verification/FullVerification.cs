using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Oms.Context;
using Oms.KeyRanges;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Verification;

/// <summary>
/// Full verification: tables are cut into key ranges, both sides compute a checksum of each range, and only where they differ rows are
/// compared one by one. The first and the last range are open, so that rows which only the destination has are found too.
/// </summary>
/// <param name="carriedAsync">Waits until the links that run between the two sides have brought all that stands in their sources' logs now,
/// at most so long; false where that can't be told. Null: no link runs.</param>
internal sealed class FullVerification(
    VerificationOptions? options = null,
    Func<TimeSpan, CancellationToken, Task<bool>>? carriedAsync = null
)
{
    private const int Recheckers = 4;

    private readonly VerificationOptions _options = options ?? new VerificationOptions();
    private readonly Func<TimeSpan, CancellationToken, Task<bool>> _carriedAsync =
        carriedAsync ?? (static (_, _) => Task.FromResult(false));

    /// <summary>Verifies a running link's tables; a result a table as it is done.</summary>
    /// <exception cref="OmsException">VerificationFailed, ColumnMissing, TableWithoutKey</exception>
    public IAsyncEnumerable<TableConsistency> RunAsync(LinkContext context, CancellationToken cancellationToken) =>
        RunAsync(context.Project.Name, context.SourceSession, context.DestinationSession, context.Tables, cancellationToken);

    /// <inheritdoc cref="RunAsync(LinkContext, CancellationToken)"/>
    public async IAsyncEnumerable<TableConsistency> RunAsync(
        string project,
        SessionOptions sourceSession,
        SessionOptions destinationSession,
        IReadOnlyList<TablePair> tables,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var results = Channel.CreateUnbounded<TableConsistency>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.Run(
            async () =>
            {
                try
                {
                    await VerifyAsync(project, sourceSession, destinationSession, tables, results.Writer, stop.Token);
                    results.Writer.Complete();
                }
                catch (MySqlException e)
                {
                    results.Writer.Complete(
                        new OmsException(
                            "VerificationFailed",
                            e.IsConnectionLost ? OmsErrorKind.ConnectionFailed : OmsErrorKind.Internal,
                            $"The verification of project '{project}' has stopped: {e.Message} (error {e.Number}).",
                            "Mend the cause and verify again.",
                            project,
                            e
                        )
                    );
                }
                catch (Exception e)
                {
                    results.Writer.Complete(e);
                }
            },
            CancellationToken.None
        );

        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(cancellationToken))
                yield return result;
        }
        finally
        {
            await stop.CancelAsync();
            await work;
        }
    }

    private async Task VerifyAsync(
        string project,
        SessionOptions sourceSession,
        SessionOptions destinationSession,
        IReadOnlyList<TablePair> tables,
        ChannelWriter<TableConsistency> results,
        CancellationToken cancellationToken
    )
    {
        var ranges = Channel.CreateBounded<(TableVerification Table, KeyRange Range)>(_options.Workers);
        var doubtful = Channel.CreateUnbounded<TableVerification>();
        var recheckers = Enumerable.Repeat<Func<CancellationToken, Task>>(RecheckAsync, Recheckers);
        await TaskGroup.RunAsync([ScanAsync, .. recheckers], cancellationToken);

        async Task ScanAsync(CancellationToken stop)
        {
            var workers = Enumerable.Repeat<Func<CancellationToken, Task>>(CompareAsync, _options.Workers);
            await TaskGroup.RunAsync([PlanAsync, .. workers], stop);
            doubtful.Writer.Complete();
        }

        async Task PlanAsync(CancellationToken stop)
        {
            await using var source = new ReaderSession(sourceSession);
            await using var destination = new ReaderSession(destinationSession);
            foreach (var pairs in tables.GroupBy(p => p.Destination.Name))
            {
                var table = new TableVerification(project, [.. pairs], _options);
                var (session, side) = table.IsAggregated ? (destination, table.Checksum.Destination) : (source, table.Checksum.Sources[0]);
                byte[]? after = null;
                do
                {
                    var from = after;
                    // A range of one order is none of another.
                    after = !table.HasOneOrder
                        ? null
                        : await session.RetryAsync(
                            c => KeyWalk.NextBoundaryAsync(c, side.Table, side.Key, from, _options.RangeRows, stop),
                            stop
                        );
                    table.AddOpenRange();
                    await ranges.Writer.WriteAsync((table, new KeyRange(from, after)), stop);
                } while (after is not null && !table.IsGivenUp);
                await CloseRangeAsync(table, stop);
            }

            ranges.Writer.Complete();
        }

        async Task CompareAsync(CancellationToken stop)
        {
            await using var source = new ReaderSession(sourceSession);
            await using var destination = new ReaderSession(destinationSession);
            await foreach (var (table, range) in ranges.Reader.ReadAllAsync(stop))
            {
                if (!table.IsGivenUp)
                    await table.CompareAsync(range, source, destination, stop);
                await CloseRangeAsync(table, stop);
            }
        }

        async Task RecheckAsync(CancellationToken stop)
        {
            await using var source = new ReaderSession(sourceSession);
            await using var destination = new ReaderSession(destinationSession);
            await foreach (var table in doubtful.Reader.ReadAllAsync(stop))
            {
                await table.RecheckAsync(source, destination, _carriedAsync, stop);
                await table.ReadRowsAsync(source, destination, stop);
                await results.WriteAsync(table.Result(), stop);
            }
        }

        async ValueTask CloseRangeAsync(TableVerification table, CancellationToken stop)
        {
            if (!table.CloseRange())
                return;
            if (table.HasDifferences)
                await doubtful.Writer.WriteAsync(table, stop);
            else
                await results.WriteAsync(table.Result(), stop);
        }
    }
}
