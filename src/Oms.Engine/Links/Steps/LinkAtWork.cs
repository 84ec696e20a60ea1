using Oms.Context;
using Oms.Metadata;
using Oms.Monitoring;
using Oms.Store;

namespace Oms.Links.Steps;

/// <summary>A link that runs: what its steps have in common, from one change of its data sources to the next.</summary>
internal sealed record LinkAtWork
{
    public required Project Project { get; init; }
    public required MetadataStore Metadata { get; init; }
    public required Connections Connections { get; init; }
    public required LinkMemory Memory { get; init; }
    public required LinkServers Servers { get; init; }
    public required LinkReport Report { get; init; }
    public required LinkProgress Progress { get; init; }

    /// <summary>Of the servers, while nothing else has one of its own.</summary>
    public required Outage Outage { get; init; }

    public required MoveWish Move { get; init; }

    /// <summary>With policy Stop: what was chosen for the row at which the link stopped.</summary>
    public ConflictChoice? Choice { get; init; }

    /// <summary>The project's folder of the Store.</summary>
    public string Folder => StoreFolder.Of(Metadata.Home, Project.Name);

    public bool IsIncremental => Project.Types.HasFlag(MigrationTypes.Incremental);

    /// <summary>The name only: a record's own text would hold the connection strings.</summary>
    public override string ToString() => Project.Name;
}
