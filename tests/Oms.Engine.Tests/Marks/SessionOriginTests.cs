using System.Text;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Tests.Protocol;

namespace Oms.Engine.Tests.Marks;

/// <summary>Against a fake that records the statements: OceanBase itself is not to be had here.</summary>
public sealed class SessionOriginTests
{
    [Theory]
    [InlineData(DataSourceType.OceanBase, true)]
    [InlineData(DataSourceType.MariaDB, false)]
    [InlineData(DataSourceType.MySQL, false)]
    public async Task A_fake_OceanBase_is_told_the_regions_number_and_no_other_server_is(DataSourceType type, bool told)
    {
        var statements = new List<string>();
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.SetUpAsync(stream);
            while (true)
            {
                var query = Encoding.UTF8.GetString((await FakeServer.ReceiveAsync(stream)).AsSpan(1));
                lock (statements)
                    statements.Add(query);
                await FakeServer.SendAsync(stream, 1, FakeServer.Ok);
            }
        });
        await using (var connection = new RowSession(server.Options))
        {
            await connection.OpenAsync();
            await SessionOrigin.SetAsync(connection, type, "beijing", default);
        }

        lock (statements)
            Assert.Equal(
                told ? [$"SET ob_org_cluster_id = {SessionOrigin.NumberOf("beijing")}"] : [],
                statements.Where(s => s.Contains("ob_org", StringComparison.Ordinal))
            );
    }

    [Fact]
    public void A_regions_number_is_always_the_same_and_never_one_of_OceanBases_own()
    {
        var numbers = Enumerable.Range(0, 100_000).Select(i => SessionOrigin.NumberOf($"region-{i}")).ToList();

        Assert.All(numbers, n => Assert.InRange(n, 1u, 0xFFFE_FFFFu));
        Assert.Equal(SessionOrigin.NumberOf("cn-beijing"), SessionOrigin.NumberOf("cn-beijing"));
        Assert.True(numbers.Distinct().Count() > 99_000);
    }
}
