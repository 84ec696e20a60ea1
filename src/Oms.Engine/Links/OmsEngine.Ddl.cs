namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>
    /// Records the user's decision that a stopped link passes over the DDL statement before which it stands; this one, at this position, and no other. The link goes on behind it when it is started next, with the
    /// tables' structures read anew.
    /// </summary>
    /// <exception cref="OmsException">ProjectNotFound; LinkRunning; NoDdlToSkip: the link has not stopped at a DDL statement.</exception>
    public SkippedDdl SkipDdl(string project)
    {
        var name = GetProject(project).Name;
        if (_metadata.FindLiveLease(name) is { } lease)
            throw new OmsException("LinkRunning", OmsErrorKind.InvalidState, $"Link '{name}' runs: process {lease.ProcessId} on {lease.Host}.", "Only a link that has stopped at a DDL statement can pass over it.", name);
        var status = GetLink(name);
        if (status.StoppedDdl is not { } stopped)
            throw new OmsException("NoDdlToSkip", OmsErrorKind.InvalidState, $"Link '{name}' has not stopped at a DDL statement.",
                status.Error is null ? "There is nothing to pass over: look at the link with Get-OmsLink." : $"It has stopped for another reason: {status.Error}", name);
        var skipped = new SkippedDdl(stopped.Position, stopped.Statement, stopped.Reason, Environment.UserName, DateTimeOffset.Now);
        _metadata.WriteStatus(status with { State = ProjectState.Paused, Error = null, Remedy = null, StoppedDdl = null, SkippedDdl = [.. status.SkippedDdl, skipped] });
        return skipped;
    }
}
