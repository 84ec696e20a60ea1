using Oms.Ddl;
using Oms.Hosting;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Context;

/// <summary>What DDL synchronization is told and tells of a link beyond its statements.</summary>
/// <param name="Skipped">The positions of statements that the user has the link pass over.</param>
/// <param name="Stopped">Called with the statement that stops the link.</param>
/// <param name="Passed">Called with statements that the link goes past by the project's choice.</param>
/// <param name="LeftOut">Called with tables that can't be followed.</param>
/// <param name="Followed">Called with tables that are followed from now on.</param>
internal sealed record DdlNotes(
    IReadOnlySet<string> Skipped,
    Action<StoppedDdl> Stopped,
    Action<PassedDdl> Passed,
    Action<LeftOutObject> LeftOut,
    Action<TableName> Followed
)
{
    /// <summary>The error of a statement that stops a link; it is told to <see cref="Stopped"/>.</summary>
    public OmsException Stop(string link, string position, string statement, string reason, string remedy, Exception? inner = null)
    {
        Stopped(new StoppedDdl(position, statement, reason));
        return new OmsException(
            "DdlNotSynchronized",
            OmsErrorKind.Unsupported,
            $"Link '{link}' has stopped before a statement at {position} of the source's log: {reason}. The statement: {statement}",
            remedy,
            link,
            inner
        );
    }

    /// <inheritdoc cref="Stop(string, string, string, string, string, Exception?)"/>
    public OmsException Stop(string link, DdlRefusedException refused) =>
        Stop(
            link,
            refused.Position,
            refused.Statement,
            refused.Message,
            $"Mend the cause at the destination and start the link again; or make the destination's tables fit by hand and let the link pass over the statement with {HostCommand.SkipDdl}.",
            refused
        );
}
