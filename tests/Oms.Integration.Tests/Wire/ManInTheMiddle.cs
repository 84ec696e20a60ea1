using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Oms.Integration.Tests.Wire;

/// <summary>What one who sits between does with a conversation.</summary>
internal enum Attack
{
    /// <summary>He hands everything on as it is.</summary>
    None,

    /// <summary>He takes the server's offer of TLS out of its greeting.</summary>
    StripTls,

    /// <summary>He shows a certificate of his own, and talks with the server by himself.</summary>
    OwnCertificate,
}

/// <summary>One who sits between a client and a server, and hears what he can.</summary>
internal sealed class ManInTheMiddle : IAsyncDisposable
{
    // The greeting's capabilities: behind the version come the connection's id, 8 bytes of the nonce and a zero.
    private const int CapabilitiesBehindVersion = 13;
    private const byte TlsBit = 0x08;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _conversations = [];
    private readonly X509Certificate2 _certificate = SelfSigned();
    private readonly int _target;
    private readonly Task _accepting;
    private readonly MemoryStream _heard = new();

    public ManInTheMiddle(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Attack Attack { get; set; }

    /// <summary>What clients have said, as he could read it.</summary>
    public string Heard
    {
        get
        {
            lock (_heard)
                return System.Text.Encoding.Latin1.GetString(_heard.ToArray());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_conversations);
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _conversations.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // the end
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                Stream near = client.GetStream(),
                    far = server.GetStream();
                var greeting = await ReadPacketAsync(far);
                if (Attack == Attack.StripTls)
                    greeting[Array.IndexOf(greeting, (byte)0, 5) + 1 + CapabilitiesBehindVersion + 1] &= unchecked((byte)~TlsBit);
                await near.WriteAsync(greeting, _stop.Token);
                if (Attack == Attack.OwnCertificate)
                {
                    var request = await ReadPacketAsync(near);
                    var (ownNear, ownFar) = (
                        new SslStream(near),
                        new SslStream(far, false, (_, certificate, _, _) => certificate is not null)
                    );
                    await ownNear.AuthenticateAsServerAsync(
                        new SslServerAuthenticationOptions { ServerCertificate = _certificate },
                        _stop.Token
                    );
                    await far.WriteAsync(request, _stop.Token);
                    await ownFar.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, _stop.Token);
                    (near, far) = (ownNear, ownFar);
                }
                await Task.WhenAny(PumpAsync(near, far, hears: true), PumpAsync(far, near, hears: false));
            }
            catch (Exception error)
                when (error
                        is IOException
                            or SocketException
                            or OperationCanceledException
                            or System.Security.Authentication.AuthenticationException
                )
            {
                // One of the two has left.
            }
        }
    }

    private async Task PumpAsync(Stream from, Stream to, bool hears)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await from.ReadAsync(buffer, _stop.Token)) > 0; )
            {
                if (hears)
                {
                    lock (_heard)
                        _heard.Write(buffer, 0, read);
                }
                await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two has left.
        }
    }

    private async Task<byte[]> ReadPacketAsync(Stream stream)
    {
        var header = new byte[4];
        await stream.ReadExactlyAsync(header, _stop.Token);
        var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
        await stream.ReadExactlyAsync(payload, _stop.Token);
        return [.. header, .. payload];
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest(
            "CN=localhost",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
