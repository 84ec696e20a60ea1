using Oms.Marks;
using Oms.Monitoring;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;

namespace Oms.Context;

/// <summary>What the steps of a running link share.</summary>
internal sealed record LinkContext
{
    public required Project Project { get; init; }
    public required DataSource Source { get; init; }
    public required DataSource Destination { get; init; }

    /// <summary>How sessions are opened.</summary>
    public required SessionOptions SourceSession { get; init; }
    public required SessionOptions DestinationSession { get; init; }

    /// <summary>Selected tables (schema migration must be complete before the destination side is known).</summary>
    public required IReadOnlyList<TablePair> Tables { get; init; }

    /// <summary>Acquired: the epoch is set.</summary>
    public required TxnMark Mark { get; init; }
    public required LinkProgress Progress { get; init; }

    /// <summary>What DDL synchronization is told and tells beyond its statements.</summary>
    public required DdlNotes Ddl { get; init; }

    /// <summary>The source's log has the rows that cascades change; asked only where DDL is synchronized.</summary>
    public bool LogsCascades { get; init; }

    /// <summary>Whether keys that were in conflict are compared on both sides afterwards: in an active-active pair that has a
    /// winner.</summary>
    public bool Reconciles => Project is { Scenario: Scenario.ActiveActive, ConflictPolicy: not ConflictPolicy.Stop };

    /// <summary>The link's last move to another server; null: its source is the one that it began with.</summary>
    public MovedSource? Moved { get; init; }

    /// <summary>With policy Stop: what was chosen for the row at which the link stopped.</summary>
    public ConflictChoice? Choice { get; init; }

    /// <summary>What is being applied just now.</summary>
    public WorkInHand Work { get; } = new(TimeProvider.System);

    /// <summary>The clock by which work that failed is tried again.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The name only: a record's own text would hold the connection strings.</summary>
    public override string ToString() => Project.Name;
}
