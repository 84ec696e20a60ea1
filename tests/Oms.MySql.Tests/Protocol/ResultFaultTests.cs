using System.Text;
using Oms.MySql.Packets;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

public class ResultFaultTests
{
    private static readonly byte[] s_column = [3, .. "def"u8, 0, 0, 0, 1, (byte)'x', 0, 12, 45, 0, 10, 0, 0, 0, 253, 0, 0, 0, 0, 0];

    [Fact]
    public async Task A_connection_lost_in_the_middle_of_rows_is_told_as_lost()
    {
        await using var server = Answering(async stream =>
        {
            await FakeServer.SendAsync(stream, 1, 1);
            await FakeServer.SendAsync(stream, 2, s_column);
            await FakeServer.SendAsync(stream, 3, 1, (byte)'a');
            await stream.WriteAsync((byte[])[9, 0, 0, 4, 1]);
        });
        await using var session = await server.ConnectAsync();
        var result = await session.StartQueryAsync("SELECT x");
        Assert.True(await result.NextResultAsync());
        Assert.True(await result.ReadRowAsync());
        Assert.Equal("a", Assert.Single(result.CurrentRowAsStrings()));
        var error = await Assert.ThrowsAsync<MySqlException>(async () => await result.ReadRowAsync());
        Assert.True(error.IsConnectionLost);
        Assert.Contains($"127.0.0.1:{server.Port}", error.Message);
        Assert.True(session.IsBroken);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("FB")]
    [InlineData("FC00")]
    [InlineData("FEFFFFFFFFFFFFFFFF")]
    [InlineData("000000")]
    [InlineData("01")]
    public async Task Garbage_in_an_answer_ends_the_session(string answer)
    {
        await using var server = Answering(async stream =>
        {
            await FakeServer.SendAsync(stream, 1, Convert.FromHexString(answer));
            await FakeServer.SendAsync(stream, 2, 7, 7, 7);
        });
        await using var session = await server.ConnectAsync();
        var result = await session.StartQueryAsync("SELECT x");
        Assert.NotNull(await Assert.ThrowsAsync<MySqlException>(async () => await result.NextResultAsync()));
        Assert.True(session.IsBroken);
        Assert.Equal(2006, (await Assert.ThrowsAsync<MySqlException>(() => session.StartQueryAsync("SELECT 1"))).Number);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_file_gets_an_empty_packet()
    {
        byte[] answer = [1];
        await using var server = Answering(async stream =>
        {
            await FakeServer.SendAsync(stream, 1, [0xFB, .. "/etc/passwd"u8]);
            answer = await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 3, FakeServer.Ok);
        });
        await using var session = await server.ConnectAsync();
        var result = await session.StartQueryAsync("SELECT 1");
        var error = await Assert.ThrowsAsync<MySqlException>(async () => await result.NextResultAsync());
        Assert.Equal(2068, error.Number);
        Assert.Contains("/etc/passwd", error.Message);
        Assert.Empty(answer);
        Assert.False(session.IsBroken);
    }

    [Fact]
    public async Task An_old_server_ends_rows_by_EOF_packets()
    {
        byte[] greeting = FakeServer.Greeting();
        greeting[Encoding.ASCII.GetBytes("8.0.36").Length + 2 + 4 + 9 + 5 + 1] &= 0xFE; // no CLIENT_DEPRECATE_EOF
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.SendAsync(stream, 0, greeting);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 2, FakeServer.Ok);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 1, 1);
            await FakeServer.SendAsync(stream, 2, s_column);
            await FakeServer.SendAsync(stream, 3, 0xFE, 0, 0, 2, 0);
            await FakeServer.SendAsync(stream, 4, 2, (byte)'h', (byte)'i');
            await FakeServer.SendAsync(stream, 5, 0xFE, 1, 0, 2, 0);
        });
        await using var session = await server.ConnectAsync();
        Assert.False(session.Capabilities.HasFlag(Capabilities.DeprecateEof));
        Assert.Equal("hi", Assert.Single(await session.QueryAsync("SELECT x"))[0]);
    }

    private static FakeServer Answering(Func<System.Net.Sockets.NetworkStream, Task> answer) =>
        new(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            await answer(stream);
        });
}
