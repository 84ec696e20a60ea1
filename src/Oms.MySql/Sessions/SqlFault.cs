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
            MySqlException ours => Of(ours.Number, ours.InnerException),
            MySqlConnector.MySqlException theirs => Of(NumberOf(theirs), theirs.InnerException),
            _ => null,
        };

    /// <remarks>What is no MySQL protocol (2007, 2027) does not become it by another attempt. 1317 is how MySQL ends the statements that
    /// run when it is shut down; 2005 (unknown host) also says that no name server answers.</remarks>
    internal static SqlFault Of(int number, Exception? inner)
    {
        var isLost =
            number
            is ErrorNumber.ServerShutdown
                or ErrorNumber.NormalShutdown
                or ErrorNumber.AbortingConnection
                or ErrorNumber.NetReadError
                or ErrorNumber.NetReadInterrupted
                or ErrorNumber.NetErrorOnWrite
                or ErrorNumber.NetWriteInterrupted
                or ErrorNumber.ConnectionKilled
                or ErrorNumber.ServerGone
                or ErrorNumber.ServerLost
                or ErrorNumber.MalformedPacket
                or ErrorNumber.ServerLostExtended;
        var passes =
            number
            is ErrorNumber.LockWaitTimeout
                or ErrorNumber.LockDeadlock
                or ErrorNumber.ConnectionCount
                or ErrorNumber.TooManyUserConnections
                or ErrorNumber.QueryInterrupted
                or ErrorNumber.SocketConnection
                or ErrorNumber.HostConnection
                or ErrorNumber.UnknownHost
                or ErrorNumber.Handshake;
        return new SqlFault(number, isLost, isLost && number != ErrorNumber.MalformedPacket || passes || EndedInTls(number, inner));
    }

    /// <summary>The connection ended while TLS was being agreed on, and nobody had said anything against it: a proxy without a server
    /// behind it, a server that stops.</summary>
    internal static bool EndedInTls(int number, Exception? inner) =>
        number == ErrorNumber.Tls && inner is IOException or ObjectDisposedException;

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
