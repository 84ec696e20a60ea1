using Oms.Hosting;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>The DDL statement before which a link has stopped, and which <see cref="SkipDdl"/> may have it pass over.</summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkRunning; NoDdlToSkip: the link has not stopped at a DDL statement.</exception>
    public StoppedDdl GetStoppedDdl(string project)
    {
        var name = GetProject(project).Name;
        if (_metadata.FindLiveLease(name) is { } lease)
            throw new OmsException(
                "LinkRunning",
                OmsErrorKind.InvalidState,
                $"Link '{name}' runs: process {lease.ProcessId} on {lease.Host}.",
                "Only a link that has stopped at a DDL statement can pass over it.",
                name
            );
        var status = GetLink(name);
        return status.StoppedDdl
            ?? throw new OmsException(
                "NoDdlToSkip",
                OmsErrorKind.InvalidState,
                $"Link '{name}' has not stopped at a DDL statement.",
                status.Error is null
                    ? $"There is nothing to pass over: look at the link with {HostCommand.ShowLinks}."
                    : $"It has stopped for another reason: {status.Error}",
                name
            );
    }

    /// <summary>
    /// Records the user's decision that a stopped link passes over the DDL statement before which it stands: this one, at this position,
    /// and no other. The link goes on behind it when it is started next, with the tables' structures read anew.
    /// </summary>
    /// <param name="statement">As <see cref="GetStoppedDdl"/> gave it.</param>
    /// <exception cref="OmsException">As <see cref="GetStoppedDdl"/>; NoDdlToSkip also when the link has stopped at another statement by
    /// now.</exception>
    public SkippedDdl SkipDdl(string project, StoppedDdl statement)
    {
        if (GetStoppedDdl(project) is var stopped && stopped != statement)
            throw new OmsException(
                "NoDdlToSkip",
                OmsErrorKind.InvalidState,
                $"Link '{project}' has stopped at another DDL statement by now, at {stopped.Position}: {stopped.Statement}",
                "Look at it, and decide anew.",
                project
            );
        var status = ReadLink(project);
        var skipped = new SkippedDdl(stopped.Position, stopped.Statement, stopped.Reason, Environment.UserName, DateTimeOffset.Now);
        _metadata.WriteStatus(
            status with
            {
                State = ProjectState.Paused,
                Error = null,
                Remedy = null,
                StoppedDdl = null,
                SkippedDdl = [.. status.SkippedDdl, skipped],
            }
        );
        return skipped;
    }
}
