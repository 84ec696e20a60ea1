using System.Buffers.Binary;
using Oms.MySql.Binlog;
using static Oms.MySql.Tests.Replication.FakeDump;

namespace Oms.MySql.Tests.Replication;

/// <summary>What a hostile server may send as its log ends the reading once and for all: nothing of it becomes a path, an endless loop or a
/// reason to try again.</summary>
public sealed class HostileLogTests
{
    private const string File = "b.000003";

    /// <summary>Names that are no file of a log, or lead out of a folder.</summary>
    public static TheoryData<string> Names =>
        new()
        {
            "../b.000004",
            "..",
            "../../etc/cron.d/x.000004",
            "/etc/x.000004",
            "a/b.000004",
            "a\\b.000004",
            "C:b.000004",
            "b\0.000004",
            "b\n.000004",
            "b.00000x",
            "b.-00004",
            "b",
            "b.",
            "b.99999999999999999999",
            ".000004",
            "..000004",
            new string('b', 600) + ".000004",
            "\u202eb.000004",
        };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_files_name_that_can_not_be_a_logs_is_refused(string name)
    {
        await using var server = new FakeDump(Rotate(File), Format(4000, 127), Rotate(name));
        await AssertFinalAsync(server, "can't be a file of a log");
        await using var real = new FakeDump(
            Rotate(File),
            Format(4000, 127),
            Rotate(name, 4, 4000, (uint)(127 + 19 + 8 + System.Text.Encoding.UTF8.GetByteCount(name) + 4))
        );
        await AssertFinalAsync(real, "can't be a file of a log");
        Assert.False(BinlogPosition.IsFileName(name));
    }

    [Theory]
    [InlineData("b.000001")]
    [InlineData("mysql-bin.999999")]
    [InlineData("host name@x.1000000")]
    [InlineData("журнал.000007")]
    public void A_servers_own_names_are_taken(string name) => Assert.True(BinlogPosition.IsFileName(name));

    [Theory]
    [InlineData(0)]
    [InlineData(18)]
    [InlineData(30)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public async Task An_event_that_announces_another_length_than_came_is_refused(int length)
    {
        var bytes = Event(BinlogEventType.Xid, 5000, 158, new byte[8]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), length);
        await using var server = new FakeDump(Rotate(File), Format(4000, 127), Seal(bytes));
        await AssertFinalAsync(server, "bytes");
    }

    [Theory]
    [InlineData(125u)]
    [InlineData(4u)]
    [InlineData(140u)]
    public async Task A_position_that_goes_back_or_lies_within_the_event_is_refused(uint end)
    {
        await using var server = new FakeDump(Rotate(File), Format(4000, 127), Event(BinlogEventType.Xid, 5000, end, new byte[8]));
        await AssertFinalAsync(server, "should end");
    }

    [Fact]
    public async Task A_log_passes_four_gigabytes()
    {
        await using var server = new FakeDump(
            Rotate(File, uint.MaxValue - 10),
            Format(4000),
            Event(BinlogEventType.Xid, 5000, 20, new byte[8])
        );
        var events = await server.ReadAsync(new BinlogStreamOptions { ServerId = 1, Position = new(File, uint.MaxValue - 10) }, 3);
        Assert.Equal((1UL << 32) + 20, events[^1].Position.Offset);
    }

    private static async Task AssertFinalAsync(FakeDump server, string message)
    {
        await using var stream = new ReconnectingBinlogStream(
            server.Options,
            new BinlogStreamOptions { ServerId = 1, Position = new(File, 4) },
            new ReconnectOptions { Resume = ResumePoint.Event }
        );
        var error = await Assert.ThrowsAsync<BinlogFormatException>(async () =>
        {
            for (var i = 0; i < 10; i++)
                await stream.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        });
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Dumps);
    }
}
