using System.Runtime.CompilerServices;
using Oms.Conflicts;
using Oms.Context;
using Oms.Hosting;
using Oms.Links;
using Oms.Metadata;
using Oms.Projects;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Chooses who wins the conflict before which a link with policy Stop has paused; it counts for that row while the link runs
    /// next.</summary>
    /// <param name="sourceWins">Whether the source's version is written; else the destination's stays.</param>
    /// <exception cref="OmsException">ProjectNotFound; NoConflictToChoose</exception>
    public void ChooseConflict(string project, bool sourceWins)
    {
        var status = _links.Read(project);
        if (status.StoppedAt is not { } conflict)
            throw new OmsException(
                "NoConflictToChoose",
                OmsErrorKind.InvalidState,
                $"Link '{status.Project}' has not paused before a conflict.",
                "Start it without a choice.",
                status.Project
            );
        new LinkMemory(_metadata, status.Project).Choose(new ConflictChoice(conflict.Table, conflict.Key, sourceWins));
    }

    /// <summary>The conflicts recorded for the link, newest first.</summary>
    /// <exception cref="OmsException">ProjectNotFound, ConnectionFailed, …</exception>
    public async IAsyncEnumerable<ConflictRecord> GetConflictsAsync(
        string project,
        ConflictFilter? filter = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var definition = GetProject(project);
        var asked = filter ?? new ConflictFilter();
        // At the destination; what a link of a ring settles at its source is recorded there, since no link of its own leads to it.
        var found = new List<ConflictRecord>();
        foreach (
            var server in definition is { ReverseOf: null, Scenario: Scenario.ActiveActive } && Policy.Of(definition).IsByVersion
                ? [definition.Destination, definition.Source]
                : new[] { definition.Destination }
        )
            found.AddRange(
                await Connections.AskAsync(
                    server,
                    (c, ct) => ConflictLog.ReadAsync(c, server, definition.Name, asked, ct),
                    cancellationToken
                )
            );
        foreach (var conflict in found.OrderByDescending(c => c.Detected).Take(asked.First))
            yield return conflict;
    }

    /// <summary>
    /// Applies the losing version of a recorded conflict after all, if the winning version is still there: as a user's write on the server
    /// that holds the record, which the links then carry. With LatestWins the row's column is set one step after the winner's.
    /// </summary>
    /// <returns>The record as it is now.</returns>
    /// <exception cref="OmsException">ProjectNotFound, ConflictNotFound, ConflictAlreadyResolved, ConflictRowChanged (nothing is done),
    /// ConflictTableChanged</exception>
    public async Task<ConflictRecord> ResolveConflictAsync(ConflictRecord conflict, CancellationToken cancellationToken = default)
    {
        var definition = GetProject(conflict.Project);
        var server = conflict.Server.Length == 0 ? definition.Destination : conflict.Server;
        return await Connections.AskAsync(
            server,
            async (connection, ct) =>
            {
                var filter = new ConflictFilter { Ids = [conflict.Id] };
                var record =
                    (await ConflictLog.ReadAsync(connection, server, definition.Name, filter, ct)).SingleOrDefault()
                    ?? throw new OmsException(
                        "ConflictNotFound",
                        OmsErrorKind.NotFound,
                        $"Link '{definition.Name}' has no conflict {conflict.Id} on '{server}'.",
                        $"Look at the conflicts with {HostCommand.ShowConflicts}.",
                        conflict.Id
                    );
                await new ConflictResolution(connection, record, definition.LatestColumn).ApplyAsync(
                    $"{Environment.UserName}@{Environment.MachineName}",
                    ct
                );
                return (await ConflictLog.ReadAsync(connection, server, definition.Name, filter, ct)).Single();
            },
            cancellationToken
        );
    }
}
