using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.SchemaHistory;

/// <summary>The server is the judge: after every statement the history has the columns that information_schema has.</summary>
public class DdlStatementsTests
{
    [Theory]
    [ServerData(ServerFlavourName.MySql97)]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task After_every_statement_the_history_has_what_the_server_has(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE other CHARACTER SET latin1; CREATE TABLE shop.early (id INT PRIMARY KEY, name VARCHAR(10), doc JSON)");
        await using var follower = await SchemaFollower.StartAsync(server, "shop", "other");
        Assert.Empty(await follower.DifferencesAsync());
        var failures = new List<string>();
        List<string> known = [];
        foreach (var sql in DdlSamples.Of(flavour))
        {
            try
            {
                await server.SqlAsync(sql, "shop");
            }
            catch (MySqlException e)
            {
                failures.Add($"{sql}\n    the server refused it: {e.Message}");
            }
            await follower.FollowAsync();
            var differences = await follower.DifferencesAsync();
            if (differences.Except(known).ToList() is { Count: > 0 } more)
                failures.Add($"{sql}\n    {string.Join("\n    ", more)}");
            known = differences;
        }
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }
}
