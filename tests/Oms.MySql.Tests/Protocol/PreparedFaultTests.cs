using System.Net.Sockets;
using Oms.MySql.Protocol;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

public class PreparedFaultTests
{
    private static readonly byte[] s_column =
    [
        3,
        .. "def"u8,
        0,
        0,
        0,
        1,
        (byte)'x',
        0,
        12,
        63,
        0,
        11,
        0,
        0,
        0,
        (byte)ColumnType.Long,
        0,
        0,
        0,
        0,
        0,
    ];

    // One parameter, one column.
    private static readonly byte[] s_prepared = [0, 7, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0];

    [Theory]
    [InlineData("00")]
    [InlineData("0007000000")]
    [InlineData("FB")]
    [InlineData("02")]
    [InlineData("FE00000000")]
    [InlineData("")]
    public async Task Garbage_for_a_prepared_statement_ends_the_session(string answer)
    {
        await using var server = Answering(stream => FakeServer.SendAsync(stream, 1, Convert.FromHexString(answer)));
        await using var session = await server.ConnectAsync();
        var result = await session.StartPrepareAsync("SELECT ?"u8.ToArray());
        await Assert.ThrowsAsync<MySqlException>(async () => await result.NextResultAsync());
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task A_server_that_closes_amid_a_preparation_is_lost()
    {
        await using var server = Answering(async stream =>
        {
            await FakeServer.SendAsync(stream, 1, s_prepared);
            await FakeServer.SendAsync(stream, 2, s_column);
        });
        await using var session = await server.ConnectAsync();
        var result = await session.StartPrepareAsync("SELECT ?"u8.ToArray());
        Assert.True((await Assert.ThrowsAsync<MySqlException>(async () => await result.NextResultAsync())).IsConnectionLost);
        Assert.True(session.IsBroken);
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("00000102030405")]
    [InlineData("010001020304")]
    [InlineData("")]
    public async Task A_damaged_binary_row_ends_the_session(string row)
    {
        await using var server = Answering(async stream =>
        {
            await FakeServer.SendAsync(stream, 1, 1);
            await FakeServer.SendAsync(stream, 2, s_column);
            await FakeServer.SendAsync(stream, 3, Convert.FromHexString(row));
            await FakeServer.ReceiveAsync(stream);
        });
        await using var session = await server.ConnectAsync();
        var result = await session.StartExecuteAsync(new byte[9]);
        Assert.True(await result.NextResultAsync());
        Assert.Equal(2027, (await Assert.ThrowsAsync<MySqlException>(async () => await result.ReadRowAsync())).Number);
        Assert.True(session.IsBroken);
    }

    [Fact]
    public async Task A_statement_is_closed_before_the_next_command_and_only_on_its_own_session()
    {
        var received = new List<byte[]>();
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 1, s_prepared);
            await FakeServer.SendAsync(stream, 2, s_column);
            await FakeServer.SendAsync(stream, 3, s_column);
            received.Add(await FakeServer.ReceiveAsync(stream));
            received.Add(await FakeServer.ReceiveAsync(stream));
            await FakeServer.SendAsync(stream, 1, FakeServer.Ok);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 1, FakeServer.Ok);
        });
        await using var session = await server.ConnectAsync();
        var result = await session.StartPrepareAsync("SELECT ?"u8.ToArray());
        await result.NextResultAsync();
        var statement = result.Prepared!;
        Assert.Equal((7u, 1, true), (statement.Id, statement.ParameterCount, statement.IsOf(session)));
        statement.Close();
        await session.ExecuteAsync("DO 0");
        Assert.Equal(
            [
                [0x19, 7, 0, 0, 0],
                [3, .. "DO 0"u8],
            ],
            received
        );
        await session.ResetAsync();
        Assert.False(statement.IsOf(session));
    }

    [Theory]
    [InlineData(ColumnType.Long, "x")]
    [InlineData(ColumnType.Tiny, "300")]
    [InlineData(ColumnType.NewDecimal, "1.2.3")]
    [InlineData(ColumnType.DateTime, "2024-02-2x")]
    [InlineData(ColumnType.Time, "::")]
    [InlineData(ColumnType.Time, "99999999999:00:00")]
    [InlineData(ColumnType.Double, "e")]
    [InlineData(ColumnType.Bit, "123456789")]
    public async Task A_value_that_is_not_of_its_type_ends_the_connection(object type, string text)
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.SetUpAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            byte[] column = [.. s_column];
            column[^6] = (byte)(ColumnType)type;
            await FakeServer.SendAsync(stream, 1, 1);
            await FakeServer.SendAsync(stream, 2, column);
            await FakeServer.SendAsync(stream, 3, [(byte)text.Length, .. System.Text.Encoding.ASCII.GetBytes(text)]);
            await FakeServer.SendAsync(stream, 4, 0xFE, 0, 0, 2, 0, 0, 0);
            await FakeServer.ReceiveAsync(stream);
        });
        await using var connection = new MySqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new MySqlCommand("SELECT x", connection);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(2027, Assert.Throws<MySqlException>(() => reader.GetValue(0)).Number);
        Assert.Equal(System.Data.ConnectionState.Closed, connection.State);
    }

    private static FakeServer Answering(Func<NetworkStream, Task> answer) =>
        new(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            await answer(stream);
        });
}
