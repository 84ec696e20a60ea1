using Oms.Metadata;
using Oms.Monitoring;
using Oms.MySql;

namespace Oms.Links;

/// <summary>The two servers of a running link, as its data sources say how they are reached since it began; what is away is waited for as
/// an outage of the link.</summary>
internal sealed class LinkServers(Connections connections, Project project, Outage outage)
{
    public DataSource Source { get; } = connections.Find(project.Source);

    public DataSource Destination { get; } = connections.Find(project.Destination);

    /// <summary>How sessions are opened now; password included.</summary>
    public SessionOptions SourceOptions => connections.OptionsFor(Source);

    /// <inheritdoc cref="SourceOptions"/>
    public SessionOptions DestinationOptions => connections.OptionsFor(Destination);

    public Task<RowSession> OpenSourceAsync(CancellationToken cancellationToken) => connections.OpenAsync(Source, cancellationToken);

    public Task<RowSession> OpenDestinationAsync(CancellationToken cancellationToken) =>
        connections.OpenAsync(Destination, cancellationToken);

    /// <summary>Connects, however long the server is away.</summary>
    public async Task<RowSession> OpenOnceThereAsync(DataSource server, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await connections.OpenAsync(server, cancellationToken);
            }
            catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
            {
                await outage.WaitAsync(e, cancellationToken);
            }
        }
    }

    /// <summary>Waits until both can be reached, or can't for a reason that does not pass.</summary>
    public async Task WaitForBothAsync(CancellationToken cancellationToken)
    {
        while (await FindAwayAsync(cancellationToken) is { } away)
            await outage.WaitAsync(away, cancellationToken);
        outage.End();
    }

    /// <summary>Why one of the servers can't be reached just now; null: both can, or for a reason that does not pass. A host name that
    /// nobody knows may be a slip as long as it was never reached.</summary>
    public async Task<OmsException?> FindAwayAsync(CancellationToken cancellationToken)
    {
        foreach (var server in new[] { Source, Destination })
        {
            try
            {
                await using var connection = await connections.OpenAsync(server, cancellationToken);
            }
            catch (OmsException e)
                when (Outage.MayPass(e)
                    && !Outage.IsRefusal(e)
                    && e.InnerException is not MySqlException { Number: ErrorNumber.UnknownHost }
                )
            {
                return e;
            }
            catch (OmsException)
            {
                // The precheck tells it.
            }
        }
        return null;
    }
}
