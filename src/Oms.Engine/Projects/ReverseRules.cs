using Oms.Hosting;
using Oms.Objects;

namespace Oms.Projects;

/// <summary>What the reverse link of an active-active pair must keep to. Pure.</summary>
internal static class ReverseRules
{
    /// <summary>Checks and makes the reverse of a forward project.</summary>
    /// <param name="existing">The reverse project that the forward one has already.</param>
    /// <exception cref="OmsException">ProjectNameInvalid, ForwardNotActiveActive, ReverseExists, ReverseTooEarly, DdlOnBothLinks,
    /// PoliciesDoNotConverge</exception>
    public static Project Reverse(string name, Project forward, LinkStatus? status, Project? existing, bool syncDdl, ConflictPolicy? policy)
    {
        ProjectRules.ValidateName(name);
        RequireReversible(name, forward, status, existing, syncDdl);
        var complement = Policy.ComplementOf(forward.ConflictPolicy);
        if ((policy ?? complement) != complement)
            throw new OmsException(
                "PoliciesDoNotConverge",
                OmsErrorKind.InvalidArgument,
                $"With conflict policy {policy} on the reverse link and {forward.ConflictPolicy} on the forward link '{forward.Name}' the two regions would not end equal.",
                $"Use {complement} on the reverse link.",
                name
            );
        return ObjectRules.Parse(forward).Reverse(forward) with
        {
            Name = name,
            Source = forward.Destination,
            Destination = forward.Source,
            ReverseOf = forward.Name,
            Types = MigrationTypes.Incremental,
            SyncDdl = syncDdl,
            ConflictPolicy = complement,
            RelayOrigins = [],
            Created = default,
            StartTimestamp = null,
        };
    }

    private static void RequireReversible(string name, Project forward, LinkStatus? status, Project? existing, bool syncDdl)
    {
        if (forward.Scenario != Scenario.ActiveActive || forward.ReverseOf is not null)
            throw new OmsException(
                "ForwardNotActiveActive",
                OmsErrorKind.InvalidState,
                forward.ReverseOf is { } origin
                    ? $"Project '{forward.Name}' is itself the reverse of '{origin}'."
                    : $"Project '{forward.Name}' is not an active-active project, so it has no reverse link.",
                "Name the forward project of an active-active pair.",
                forward.Name
            );
        if (existing is not null)
            throw new OmsException(
                "ReverseExists",
                OmsErrorKind.AlreadyExists,
                $"Project '{forward.Name}' has the reverse link '{existing.Name}' already.",
                "Use that one, or remove it first.",
                forward.Name
            );
        if (forward.Types.HasFlag(MigrationTypes.Schema) && status?.SchemaMigrationCompleted != true)
            throw new OmsException(
                "ReverseTooEarly",
                OmsErrorKind.InvalidState,
                $"The schema migration of the forward link '{forward.Name}' is not complete.",
                $"Start '{forward.Name}' and wait until its schema is migrated: {HostCommand.WaitForSchema(forward.Name)}",
                forward.Name
            );
        if (forward.SyncDdl && syncDdl)
            throw new OmsException(
                "DdlOnBothLinks",
                OmsErrorKind.InvalidArgument,
                $"The forward link '{forward.Name}' synchronizes DDL already; only one of the two links may.",
                "Create the reverse link without DDL synchronization.",
                name
            );
    }
}
