using Oms.Context;
using Oms.Monitoring;
using Oms.MySql;
using Oms.Servers;

namespace Oms.Links;

/// <summary>
/// Asks a link's destination every second whether it is there, so that a dead one is noticed also while there is nothing to apply; and,
/// while something takes long there, what it waits for.
/// </summary>
internal sealed class DestinationWatch(LinkContext context)
{
    /// <summary>What takes no longer is not worth a word.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private const int AnswerSeconds = 10;

    private volatile Sighting? _found;

    private sealed record Sighting(WorkInHand.Piece Piece, LinkWait Wait);

    /// <summary>While the destination does not answer.</summary>
    public Outage Outage { get; } = new(context.Time);

    /// <summary>What the work in hand waits for; null: it has not been long.</summary>
    public LinkWait? Wait => _found is { } found && context.Work.Oldest == found.Piece ? found.Wait : null;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        while (true)
        {
            try
            {
                await using var connection = await ServerSession.OpenAsync(
                    context.DestinationSession,
                    SessionPurpose.Control,
                    cancellationToken,
                    AnswerSeconds
                );
                while (true)
                {
                    await LookAsync(connection, cancellationToken);
                    Outage.End();
                    await timer.WaitForNextTickAsync(cancellationToken);
                }
            }
            catch (MySqlException e) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever it is: to apply changes is the link's work, and to say why they don't come is this one's.
                await Outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    private async Task LookAsync(RowSession connection, CancellationToken cancellationToken)
    {
        if (context.Work.Oldest is not { } piece || context.Time.GetUtcNow() - piece.Since < Patience)
        {
            await connection.QueryRowAsync("SELECT 1", cancellationToken);
            return;
        }
        var (wait, isCertain) = await LockDiagnosis.ExplainAsync(connection, piece, cancellationToken);
        // Between two attempts at a lock nothing is seen of it.
        if (isCertain || _found is not { } found || found.Piece != piece || found.Wait.Kind == LinkWaitKind.Statement)
            _found = new Sighting(piece, wait);
    }
}
