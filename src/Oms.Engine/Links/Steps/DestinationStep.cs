using Oms.Monitoring;
using Oms.MySql;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>Connects to the destination, however long it is away. The Store goes on pulling meanwhile, if the link has run before: the source
/// may not keep its log for as long.</summary>
internal sealed class DestinationStep(LinkAtWork link)
{
    public async Task<RowSession> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await link.Servers.OpenDestinationAsync(cancellationToken);
        }
        catch (Exception e) when (Outage.MayPass(e) && !cancellationToken.IsCancellationRequested)
        {
            await link.Outage.WaitAsync(e, cancellationToken);
        }
        if (!link.IsIncremental || !Directory.Exists(link.Folder) || link.Move.IsWanted)
            return await OpenOnceThereAsync(cancellationToken);
        using var store = LogStore.Open(StoreFolder.OfLog(link.Folder));
        return store.WritePosition is null
            ? await OpenOnceThereAsync(cancellationToken)
            : await OpenBesidePullingAsync(store, cancellationToken);
    }

    private async Task<RowSession> OpenBesidePullingAsync(LogStore store, CancellationToken cancellationToken)
    {
        var end = store.WritePosition!.Value;
        var puller = new LogPuller(
            store,
            link.Servers.SourceOptions,
            link.Project.Name,
            SourceIdentity.Find(link.Folder),
            TimeProvider.System
        );
        (link.Report.Store, link.Report.Puller) = (store, puller);
        RowSession? destination = null;
        await FirstToEnd.RunAsync(
            async ct =>
            {
                destination = await OpenOnceThereAsync(ct);
                return true;
            },
            [ct => puller.RunAsync(end, ct)],
            cancellationToken
        );
        (link.Report.Store, link.Report.Puller) = (null, null);
        return destination!;
    }

    private Task<RowSession> OpenOnceThereAsync(CancellationToken cancellationToken) =>
        link.Servers.OpenOnceThereAsync(link.Servers.Destination, cancellationToken);
}
