using Oms.MySql.Packets;

namespace Oms.MySql.Tests.Protocol;

/// <summary>Runs beside no other test: the memory that a whole process takes is measured.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public class MeasuredAlone;

[Collection(nameof(MeasuredAlone))]
public class AnnouncedColumnsTests
{
    [Fact]
    public async Task Columns_take_memory_as_they_come_and_not_as_they_are_announced()
    {
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 1, 0xFC, 0xFF, 0xFF);
        });
        await using var session = await server.ConnectAsync();
        var result = await session.StartQueryAsync("SELECT 1");
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Assert.ThrowsAsync<MySqlException>(async () => await result.NextResultAsync());
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 300_000);
    }
}
