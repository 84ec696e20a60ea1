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
                    await new VerificationRun(
                        project,
                        sourceSession,
                        destinationSession,
                        tables,
                        _options,
                        _carriedAsync,
                        results.Writer
                    ).RunAsync(stop.Token);
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
}
