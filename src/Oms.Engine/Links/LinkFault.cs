using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Links;

/// <summary>Turns whatever ended a link into an error for the person who looks at it.</summary>
internal static class LinkFault
{
    public static OmsException Describe(string link, Exception error) =>
        error switch
        {
            OmsException oms => oms,
            MySqlException { IsConnectionLost: true } => New(
                "ConnectionLost",
                OmsErrorKind.ConnectionFailed,
                link,
                $"Link '{link}' has lost its connection and could not get it back: {error.Message}",
                "See that both servers run and can be reached, then start the link again: it goes on from where it was.",
                error
            ),
            MySqlException server => New(
                "ServerError",
                OmsErrorKind.InvalidState,
                link,
                $"Link '{link}' was stopped by a server's error {server.Number}: {server.Message}",
                "Mend what the server names, then start the link again: it goes on from where it was.",
                error
            ),
            BinlogFormatException => New(
                "LogUnreadable",
                OmsErrorKind.Unsupported,
                link,
                $"Link '{link}' can't read on in the source's log: {error.Message}",
                "Look with mysqlbinlog at that place of the source's log. If the source can read it, start the link again; if it can't, its log is damaged: migrate again under a new project.",
                error
            ),
            StoreDamagedException => New(
                "StoreDamaged",
                OmsErrorKind.InvalidState,
                link,
                $"Link '{link}' can't read on in its Store: {error.Message}",
                "See that the disk is sound, then start the link again: the log is fetched anew from the last sound event on, if the source still has it. What the Store held from there on is put aside in the folder 'aside' beside that file.",
                error
            ),
            IOException => New(
                "StoreFailed",
                OmsErrorKind.InvalidState,
                link,
                $"Link '{link}' can't write or read its Store: {error.Message}",
                "Make room on the disk of the home directory and see to its permissions, then start the link again.",
                error
            ),
            _ => New(
                "UnexpectedError",
                OmsErrorKind.Internal,
                link,
                $"Link '{link}' stopped by an unexpected error: {error.GetType().Name}: {error.Message}",
                "Report this with what led to it.",
                error
            ),
        };

    private static OmsException New(string id, OmsErrorKind kind, string link, string message, string remedy, Exception inner) =>
        new(id, kind, message, remedy, link, inner);
}
