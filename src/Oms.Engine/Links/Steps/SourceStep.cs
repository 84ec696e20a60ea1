using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Servers;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>Connects to the source, if it is there or has to be: a link that has run before needs it only for what it does not have
/// yet.</summary>
/// <param name="history">The source's schema as the link knows it; null: the link does not read the log.</param>
internal sealed class SourceStep(LinkAtWork link, SchemaHistory? history, TxnMark.Checkpoint checkpoint)
{
    /// <param name="goesOn">The link goes on from where it was: what is left it may do without the source for now.</param>
    /// <returns>The source; null: it is away, and the link goes on with what it has of it.</returns>
    public async Task<RowSession?> OpenAsync(bool goesOn, CancellationToken cancellationToken)
    {
        var isKnown = goesOn && IsKnown();
        try
        {
            return isKnown
                ? await link.Servers.OpenSourceAsync(cancellationToken)
                : await link.Servers.OpenOnceThereAsync(link.Servers.Source, cancellationToken);
        }
        catch (Exception e) when (isKnown && Outage.MayPass(e) && !Outage.IsRefusal(e) && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Which server the source is, if the link reads its log: the one that it was. One that is away is asked when it is
    /// back.</summary>
    public async Task<string?> IdentifyAsync(RowSession? source, CancellationToken cancellationToken)
    {
        if (!link.IsIncremental)
            return null;
        if (source is null)
            return SourceIdentity.Find(link.Folder);
        var server = await ServerLog.IdentityAsync(source, cancellationToken);
        if (server is not null)
            SourceIdentity.Require(link.Folder, server, isNew: checkpoint.Position is null, link.Project.Name);
        return server;
    }

    /// <summary>Whether the source's log has the rows that cascades change; one that is away has said so before.</summary>
    public async Task<bool> LogsCascadesAsync(RowSession? source, CancellationToken cancellationToken)
    {
        if (source is not null)
            link.Memory.LogsCascades = CascadeLogging.AreLogged(
                (await source.QueryRowAsync($"SHOW GLOBAL VARIABLES LIKE '{CascadeLogging.NativeForeignKeys}'", cancellationToken))?[1]
            );
        return link.Memory.LogsCascades == true;
    }

    /// <summary>Whether an earlier run has left all that the link has to know of its source.</summary>
    public bool IsKnown()
    {
        var rules = ObjectRules.Parse(link.Project);
        return history?.Position is not null
            && history.TablesAt(checkpoint.Position!.Value).Any(t => rules.IsSelected(new TableName(t.Database, t.Table)))
            && (!link.Project.Types.HasFlag(MigrationTypes.Schema) || link.Report.Status.SchemaMigrationCompleted)
            && link.Memory.LogsCascades is not null;
    }
}
