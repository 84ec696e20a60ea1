namespace Oms.MySql;

/// <summary>What an error of a server or of the connection to it means, whichever client it comes from.</summary>
/// <param name="Number">The server's or the client library's number (see <see cref="ErrorNumber"/>).</param>
/// <param name="IsLost">Whether the connection is lost with it (network, time-out in the protocol, server gone), so that the outcome of
/// what was under way is unknown.</param>
/// <param name="IsTransient">Whether a later attempt can succeed without anybody's help.</param>
public readonly record struct SqlFault(int Number, bool IsLost, bool IsTransient)
{
    /// <summary>Judges an error; null for one that is no server's and no connection's.</summary>
    public static SqlFault? Of(Exception error) =>
        error switch
        {
            MySqlException ours => new SqlFault(ours.Number, ours.IsConnectionLost, ours.IsTransient),
            MySqlConnector.MySqlException theirs => Of(new MySqlException(NumberOf(theirs), theirs.SqlState, theirs.Message)),
            _ => null,
        };

    // It tells a lost connection by what it holds inside, and calls a server that can't be reached by a server's number.
    private static int NumberOf(MySqlConnector.MySqlException error) =>
        error.ErrorCode == MySqlConnector.MySqlErrorCode.UnableToConnectToHost ? ErrorNumber.HostConnection
        : error.InnerException
            is IOException
                or System.Net.Sockets.SocketException
                or ObjectDisposedException
                or MySqlConnector.MySqlEndOfStreamException
            ? ErrorNumber.ServerLost
        : error.Number;
}
