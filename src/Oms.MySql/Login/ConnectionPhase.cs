using MySqlConnector;
using Oms.MySql.Login;

namespace Oms.MySql.Packets;

/// <summary>From the server's greeting to its OK
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html).</summary>
internal static class ConnectionPhase
{
    private const byte SwitchHeader = 0xFE;
    private const byte MoreDataHeader = 0x01;

    // More exchanges than any method needs: a server that never comes to an end is none.
    private const int MaxExchanges = 16;

    /// <exception cref="MySqlException">The server's error (1040, 1045, 1049, …); 2012: it has closed the connection; 2007, 2027: it does
    /// not behave as one; 2026, 2059, 2061: what it asks for is refused.</exception>
    public static async Task<(ServerGreeting Greeting, Capabilities Capabilities, OkPacket Ok)> RunAsync(
        Transport transport,
        SessionOptions options,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var first = await transport.ReadAsync();
            if (ErrorPacket.IsError(first.Span))
                throw ErrorPacket.Read(first.Span);
            var greeting = ServerGreeting.Read(first.Span, transport.Endpoint);
            var capabilities = HandshakeAnswer.Wanted(options, greeting.Capabilities);
            if (UsesTls(options, greeting, transport))
            {
                capabilities |= Capabilities.Tls;
                await transport.WriteAsync(HandshakeAnswer.TlsRequest(capabilities), default);
                await transport.StartTlsAsync(options, cancellationToken);
            }
            var ok = await AuthenticateAsync(transport, options, greeting, capabilities);
            transport.LiftLimit();
            return (greeting, capabilities, ok);
        }
        // A proxy whose servers are away closes, and will not later; what speaks another language won't learn it.
        catch (MySqlException error) when (error.Number is ClientError.ConnectionLost or ClientError.MalformedPacket)
        {
            throw new MySqlException(
                error.Number == ClientError.ConnectionLost ? ClientError.Handshake : ClientError.MalformedPacket,
                "HY000",
                $"The handshake with {transport.Endpoint} failed: {error.Message} Is it a MySQL server, and does it accept this host?",
                error
            );
        }
    }

    private static bool UsesTls(SessionOptions options, ServerGreeting greeting, Transport transport)
    {
        var isOffered = greeting.Capabilities.HasFlag(Capabilities.Tls);
        if (options.RequiresTls && !isOffered)
            throw new MySqlException(
                ClientError.Tls,
                "HY000",
                $"{transport.Endpoint} offers no TLS, and it is required. If the server has it, someone in between takes it away; else give the server a certificate."
            );
        return options.RequiresTls || isOffered && options.SslMode == MySqlSslMode.Preferred && !transport.IsUnixSocket;
    }

    private static async Task<OkPacket> AuthenticateAsync(
        Transport transport,
        SessionOptions options,
        ServerGreeting greeting,
        Capabilities capabilities
    )
    {
        var credentials = new Credentials(options, transport.Tls);
        var nonce = greeting.Nonce;
        // The greeting is anybody's word, and the account's method may be another: nothing that holds the password is sent for it alone.
        var name =
            AuthenticationPlugins.IsKnown(greeting.Plugin) && greeting.Plugin is not (ClearPassword.Name or Sha256Password.Name)
                ? greeting.Plugin
                : AuthenticationPlugins.Fallback;
        var plugin = AuthenticationPlugins.Create(name);
        await transport.WriteAsync(HandshakeAnswer.Build(options, capabilities, name, plugin.Start(credentials, nonce)), default);
        for (var i = 0; i < MaxExchanges; i++)
        {
            var packet = await transport.ReadAsync();
            if (packet.IsEmpty)
                throw ClientError.Malformed("an empty packet");
            switch (packet.Span[0])
            {
                case OkPacket.Header:
                    return OkPacket.Read(packet.Span);
                case ErrorPacket.Header:
                    throw ErrorPacket.Read(packet.Span);
                case SwitchHeader:
                    (plugin, nonce) = ReadSwitch(packet.Span);
                    await transport.WriteAsync(plugin.Start(credentials, nonce), default);
                    break;
                case MoreDataHeader:
                    if (plugin.Continue(credentials, nonce, packet.Span[1..]) is { } answer)
                        await transport.WriteAsync(answer, default);
                    break;
                // MariaDB marks its data only where they could be taken for something else.
                default:
                    if (plugin.Continue(credentials, nonce, packet.Span) is { } reply)
                        await transport.WriteAsync(reply, default);
                    break;
            }
        }
        throw ClientError.Malformed("authentication without an end");
    }

    private static (IAuthenticationPlugin Plugin, byte[] Nonce) ReadSwitch(ReadOnlySpan<byte> packet)
    {
        var reader = new PayloadReader(packet);
        reader.Skip(1);
        if (reader.Remaining == 0)
            return (AuthenticationPlugins.Create("mysql_old_password"), []);
        var name = ServerText.Method(reader.NullTerminatedBytes());
        var nonce = reader.ToEnd();
        // The nonce of 20 bytes comes with a zero behind it; MariaDB's of 32 may itself end with one.
        if (nonce.Length == Nonce.Size + 1)
            nonce = nonce[..Nonce.Size];
        return (AuthenticationPlugins.Create(name), nonce.ToArray());
    }
}
