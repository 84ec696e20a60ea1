using Oms.Hosting;
using Oms.Metadata;

namespace Oms.Links;

/// <summary>What links are doing, as far as the metadata tell. One whose process has died without a word is Failed.</summary>
internal sealed class LinkStates(MetadataStore metadata)
{
    /// <exception cref="OmsException">ProjectNotFound</exception>
    public LinkStatus Read(string project)
    {
        var name = metadata.Read(session => session.RequireProject(project)).Name;
        var status = metadata.ReadStatus(name) ?? new LinkStatus { Project = name };
        if (!IsUnderWay(status) || metadata.FindLiveLease(name) is not null)
            return status;
        // The runner writes its last status before it gives the lease back: look once more before calling it dead.
        status = metadata.ReadStatus(name)!;
        return !IsUnderWay(status)
            ? status
            : status with
            {
                Suspended = false,
                State = ProjectState.Failed,
                CaughtUp = false,
                Error = $"The process that ran the link ({status.ProcessId} on {status.Host}) has ended without stopping it.",
                Remedy = $"Start the link again with {HostCommand.StartLink}: it goes on from the destination's checkpoint.",
            };
    }

    /// <summary>Whether a process is said to run the link, suspended or not.</summary>
    public static bool IsUnderWay(LinkStatus status) => status.State == ProjectState.Running || status.Suspended;

    /// <exception cref="OmsException">What has stopped the link: its conflict; LinkFailed; LinkNotRunning</exception>
    public static void ThrowIfStopped(LinkStatus status)
    {
        if (status.StoppedAt is { } conflict)
            throw new OmsException(
                conflict.IsClash ? Conflicts.FoundConflict.ClashId : Conflicts.FoundConflict.StopId,
                OmsErrorKind.DataConflict,
                status.Error!,
                status.Remedy!,
                conflict
            );
        if (status.State == ProjectState.Failed)
            throw new OmsException(
                "LinkFailed",
                OmsErrorKind.InvalidState,
                $"Link '{status.Project}' has failed: {status.Error}",
                status.Remedy ?? "Mend the cause, then start the link again.",
                status.Project
            );
        if (!IsUnderWay(status))
            throw NotRunning(status.Project);
    }

    public static OmsException Running(string project, Lease holder) =>
        new(
            "LinkRunning",
            OmsErrorKind.InvalidState,
            $"Link '{project}' runs already: process {holder.ProcessId} on {holder.Host}.",
            $"Stop it there, or with {HostCommand.StopLink()}, before starting it here.",
            project
        );

    public static OmsException Suspended(string project) =>
        new(
            "LinkSuspended",
            OmsErrorKind.InvalidState,
            $"Link '{project}' is suspended: its process runs, and applies nothing.",
            $"Let it go on with {HostCommand.ResumeLink}, or end it with {HostCommand.StopLink()}.",
            project
        );

    public static OmsException NotRunning(string project) =>
        new(
            "LinkNotRunning",
            OmsErrorKind.InvalidState,
            $"Link '{project}' is not running.",
            $"Start it with {HostCommand.StartLink}.",
            project
        );
}
