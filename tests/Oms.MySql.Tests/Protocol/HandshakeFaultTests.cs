using System.Text;
using Oms.MySql.Packets;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

public class HandshakeFaultTests
{
    [Theory]
    [InlineData("")]
    [InlineData("0A")]
    [InlineData("4A000000")]
    [InlineData("4A0000000A382E302E3336")]
    [InlineData("050000000A41424344")]
    [InlineData("05000003FF41424344")]
    [InlineData("00000000")]
    [InlineData("FFFFFF00FFFFFF")]
    [InlineData("485454502F312E31203430302042616420526571756573740D0A0D0A")]
    public async Task What_is_no_server_is_told_in_an_error_that_names_it(string greeting)
    {
        await using var server = new FakeServer(async stream =>
        {
            if (greeting.Length > 0)
                await stream.WriteAsync(Convert.FromHexString(greeting));
        });
        AssertClear(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), server);
    }

    [Fact]
    public async Task A_server_that_has_no_place_left_says_so_before_the_handshake()
    {
        await using var server = new FakeServer(stream => FakeServer.SendAsync(stream, 0, [0xFF, 0x10, 0x04, .. "Too many connections"u8]));
        var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
        Assert.Equal((1040, "Too many connections", true), (error.Number, error.Message, error.IsTransient));
    }

    [Fact]
    public async Task A_server_that_closes_after_the_log_in_was_sent_is_named()
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
            await FakeServer.ReceiveAsync(stream);
        });
        AssertClear(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), server);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up_after_the_time_out()
    {
        var over = new TaskCompletionSource();
        await using var server = new FakeServer(_ => over.Task);
        var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync(";ConnectionTimeout=1"));
        over.SetResult();
        Assert.Equal(2003, error.Number);
        Assert.Contains($"127.0.0.1:{server.Port}", error.Message);
        Assert.Contains("1 s", error.Message);
    }

    [Fact]
    public async Task A_caller_who_gives_up_gets_a_cancellation()
    {
        var over = new TaskCompletionSource();
        await using var server = new FakeServer(_ => over.Task);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MySqlSession.ConnectAsync(server.Options, cancellation.Token));
        over.SetResult();
    }

    [Theory]
    [InlineData("mysql_clear_password", 2061)]
    [InlineData("sha256_password", 2061)]
    [InlineData("mysql_old_password", 2059)]
    [InlineData("authentication_of_another_world", 2059)]
    public async Task A_server_that_asks_for_more_than_is_safe_gets_nothing(string plugin, int number)
    {
        var received = new List<byte>();
        await using (
            var server = new FakeServer(async stream =>
            {
                await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
                received.AddRange(await FakeServer.ReceiveAsync(stream));
                await FakeServer.SendAsync(stream, 2, [0xFE, .. Encoding.ASCII.GetBytes(plugin), 0, .. "abcdefghijklmnopqrst"u8, 0]);
                received.AddRange(await FakeServer.ReceiveAsync(stream));
            })
        )
        {
            var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
            Assert.Equal(number, error.Number);
            Assert.DoesNotContain("secret-word", error.ToString());
        }
        Assert.DoesNotContain("secret-word", Encoding.Latin1.GetString([.. received]));
    }

    [Fact]
    public async Task A_password_for_the_cache_is_not_sent_in_clear()
    {
        var received = new List<byte>();
        await using (
            var server = new FakeServer(async stream =>
            {
                await FakeServer.SendAsync(stream, 0, FakeServer.Greeting("caching_sha2_password"));
                received.AddRange(await FakeServer.ReceiveAsync(stream));
                await FakeServer.SendAsync(stream, 2, 1, 4);
                received.AddRange(await FakeServer.ReceiveAsync(stream));
            })
        )
        {
            var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
            Assert.Contains("AllowPublicKeyRetrieval", error.Message);
        }
        Assert.DoesNotContain("secret-word", Encoding.Latin1.GetString([.. received]));
    }

    [Fact]
    public async Task A_server_without_TLS_does_not_get_the_user_name_where_TLS_is_required()
    {
        var received = 0;
        await using (
            var server = new FakeServer(async stream =>
            {
                await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
                received = await stream.ReadAsync(new byte[1]);
            })
        )
        {
            Assert.Equal(2026, (await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync(";SslMode=Required"))).Number);
        }
        Assert.Equal(0, received);
    }

    private static void AssertClear(MySqlException error, FakeServer server)
    {
        Assert.Contains(error.Number, new[] { ClientError.Handshake, ClientError.ProtocolVersion, ClientError.MalformedPacket });
        Assert.Contains($"127.0.0.1:{server.Port}", error.Message);
        Assert.DoesNotContain("secret-word", error.ToString());
    }
}
