using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Oms.MySql.Packets;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

/// <summary>What a server says before and while it lets us in is checked where it is read; what can't be is a final error, in bounded time
/// and memory.</summary>
public sealed class HostileLogInTests
{
    [Fact]
    public async Task Two_gigabytes_are_not_taken_before_the_log_in()
    {
        var taken = 0L;
        await using (
            var server = new FakeServer(async stream =>
            {
                // A payload of many packets, each as long as can be.
                for (byte sequence = 0; sequence < 127; sequence++)
                {
                    await stream.WriteAsync(new byte[] { 0xFF, 0xFF, 0xFF, sequence });
                    for (var part = 0; part < 16; part++)
                    {
                        await stream.WriteAsync(new byte[1024 * 1024 - (part == 15 ? 1 : 0)]);
                        taken += 1024 * 1024;
                    }
                }
            })
        )
        {
            AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), "bytes");
        }
        Assert.InRange(taken, 0, 16L * 1024 * 1024);
    }

    [Theory]
    [InlineData("485454502F312E31203430302042616420526571756573740D0A0D0A")] // HTTP/1.1 400 Bad Request
    [InlineData("5353482D322E302D4F70656E5353485F392E360D0A")] // SSH-2.0-OpenSSH_9.6
    [InlineData("FFFFFF00")] // a payload of 16 MB
    public async Task What_is_no_server_is_told_at_once_and_for_good(string first)
    {
        var over = new TaskCompletionSource();
        await using var server = new FakeServer(async stream =>
        {
            await stream.WriteAsync(Convert.FromHexString(first));
            await over.Task;
        });
        var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
        over.SetResult();
        AssertFinal(error, "Is it a MySQL server");
        Assert.Contains($"127.0.0.1:{server.Port}", error.Message);
    }

    [Theory]
    [InlineData("mysql_native_password", 0)]
    [InlineData("mysql_native_password", 8)]
    [InlineData("caching_sha2_password", 0)]
    [InlineData("sha256_password", 0)]
    [InlineData("sha256_password", 19)]
    [InlineData("client_ed25519", 20)]
    [InlineData("client_ed25519", 33)]
    [InlineData("parsec", 0)]
    public async Task A_nonce_of_another_length_gets_no_answer(string plugin, int length)
    {
        using var key = RSA.Create(2048);
        var heard = 0;
        await using (
            var server = new FakeServer(async stream =>
            {
                await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
                await FakeServer.ReceiveAsync(stream);
                await FakeServer.SendAsync(
                    stream,
                    2,
                    [0xFE, .. Encoding.ASCII.GetBytes(plugin), 0, .. Enumerable.Repeat((byte)'n', length)]
                );
                await FakeServer.ReceiveAsync(stream);
                heard++;
                await FakeServer.SendAsync(stream, 4, [1, .. Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem())]);
                await FakeServer.ReceiveAsync(stream);
            })
        )
        {
            AssertFinal(
                await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync(";AllowPublicKeyRetrieval=true")),
                $"a nonce of {length} bytes"
            );
        }
        Assert.Equal(0, heard);
    }

    [Fact]
    public async Task A_greeting_whose_nonce_is_cut_off_is_refused()
    {
        // Without the second part of the nonce and what follows.
        var cut = FakeServer.Greeting()[..^34];
        await using var server = new FakeServer(stream => FakeServer.SendAsync(stream, 0, cut));
        AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), "nonce");
    }

    [Theory]
    [InlineData("")]
    [InlineData("8.0\u001b[2J")]
    [InlineData("8.0\r\nX")]
    public async Task A_version_that_is_none_is_refused(string version)
    {
        await using var server = new FakeServer(stream => FakeServer.SendAsync(stream, 0, WithVersion(version)));
        AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), "version");
    }

    [Fact]
    public async Task A_version_without_an_end_in_sight_is_refused()
    {
        await using var server = new FakeServer(stream => FakeServer.SendAsync(stream, 0, WithVersion(new string('8', 10_000))));
        AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), "version");
    }

    [Theory]
    [InlineData("\u001b]0;owned\u0007")]
    [InlineData("a b")]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    public async Task A_method_whose_name_is_none_is_not_repeated_to_the_user(string plugin)
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 2, [0xFE, .. Encoding.ASCII.GetBytes(plugin), 0, .. "abcdefghijklmnopqrst"u8, 0]);
        });
        var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
        AssertFinal(error, "method of authentication");
        Assert.True(plugin.Length == 0 || !error.Message.Contains(plugin, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_error_says_its_words_without_commands_to_the_terminal_and_not_without_end()
    {
        await using var server = new FakeServer(stream =>
            FakeServer.SendAsync(
                stream,
                0,
                [0xFF, 0x10, 0x04, .. "#08004\u001b[2Jfull\u0007\r\n"u8, .. Enumerable.Repeat((byte)'x', 20_000)]
            )
        );
        var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
        Assert.Equal(1040, error.Number);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.InRange(error.Message.Length, 10, 5000);
    }

    [Fact]
    public async Task An_error_in_a_state_that_is_none_has_none()
    {
        await using var server = new FakeServer(stream => FakeServer.SendAsync(stream, 0, [0xFF, 0x10, 0x04, .. "#\u001b[2J-full"u8]));
        Assert.Null((await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync())).SqlState);
    }

    [Fact]
    public async Task A_connection_that_is_closed_during_the_log_in_may_be_tried_again()
    {
        await using var server = new FakeServer(stream => FakeServer.SendAsync(stream, 0, FakeServer.Greeting()));
        var error = await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync());
        Assert.Equal((ClientError.Handshake, true), (error.Number, error.IsTransient));
    }

    [Fact]
    public async Task An_OK_that_is_cut_off_does_not_let_us_in()
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 2, 0, 0);
        });
        AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), "too early");
    }

    [Fact]
    public async Task A_log_in_without_an_end_has_one()
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.SendAsync(stream, 0, FakeServer.Greeting());
            await FakeServer.ReceiveAsync(stream);
            for (byte sequence = 2; ; sequence += 2)
            {
                await FakeServer.SendAsync(stream, sequence, [0xFE, .. "mysql_native_password"u8, 0, .. "abcdefghijklmnopqrst"u8, 0]);
                await FakeServer.ReceiveAsync(stream);
            }
        });
        AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => server.ConnectAsync()), "without an end");
    }

    [Fact]
    public async Task A_number_of_rows_beyond_counting_is_refused()
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 1, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 0, 0, 0);
        });
        await using var session = await server.ConnectAsync();
        AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => session.ExecuteAsync("UPDATE t SET a = 1")), "rows");
    }

    [Fact]
    public async Task A_column_that_is_described_in_another_form_is_refused()
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 1, 1);
            await FakeServer.SendAsync(
                stream,
                2,
                [3, .. "def"u8, 0, 0, 0, 1, (byte)'v', 0, 0xFD, 0xFF, 0xFF, 0xFF, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0]
            );
        });
        await using var session = await server.ConnectAsync();
        AssertFinal(await Assert.ThrowsAsync<MySqlException>(() => session.QueryAsync("SELECT 1")), "column");
    }

    private static byte[] WithVersion(string version)
    {
        var greeting = FakeServer.Greeting();
        return [10, .. Encoding.UTF8.GetBytes(version), .. greeting[7..]];
    }

    private static void AssertFinal(MySqlException error, string named)
    {
        Assert.Equal((ClientError.MalformedPacket, false), (error.Number, error.IsTransient));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", error.ToString());
    }
}
