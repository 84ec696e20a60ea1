using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests.Replication;

namespace Oms.Integration.Tests.Binlog;

/// <summary>Logs of many kinds, written by real servers, decode to the state that the server itself holds.</summary>
public class LogScenarioTests
{
    public static TheoryData<string> Names =>
        [.. LogScenario.All.Where(s => ServerInstallation.WhyMissing([s.Flavour]) is null).Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_log_decodes_to_the_state_of_its_server(string name)
    {
        var scenario = LogScenario.All.Single(s => s.Name == name);
        await using var server = await TestServer.StartAsync(scenario.Flavour, scenario.Options);
        await server.SqlAsync(server.IsMariaDb ? "RESET MASTER" : "RESET BINARY LOGS AND GTIDS");
        var directory = Directory.CreateTempSubdirectory("oms-log-").FullName;
        var schema = Path.Combine(directory, name + ".schema");
        await TakeSnapshotAsync(server, schema);
        await server.SqlAsync("CREATE DATABASE d CHARACTER SET utf8mb4");
        foreach (var step in scenario.Steps)
            await server.SqlAsync(step, "d");

        await using var session = await RawSession.OpenAsync(server, "d");
        var expected = await RowsOfAllTablesAsync(session);
        var log = await ReadLogAsync(server, await session.LogEndAsync());
        if (Environment.GetEnvironmentVariable("OMS_RECORD_LOGS") is { Length: > 0 } target)
            RecordedLog.Write(target, name, log, schema, expected);
        using (var history = SchemaHistory.Open(schema))
        {
            var state = RecordedLog.Replay(log, history);
            RecordedLog.AssertState(expected, state);
            Assert.Superset(scenario.Kinds.ToHashSet(), state.Seen);
        }
        Directory.Delete(directory, recursive: true);
    }

    private static async Task TakeSnapshotAsync(TestServer server, string path)
    {
        using var history = SchemaHistory.Open(path);
        await using var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        await history.SnapshotAsync(connection, ["d", "other"]);
    }

    private static async Task<Dictionary<string, HashSet<string>>> RowsOfAllTablesAsync(RawSession session)
    {
        var tables = await session.StringsAsync(
            "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA IN ('d', 'other')"
        );
        var result = new Dictionary<string, HashSet<string>>();
        foreach (var table in tables)
        {
            var shapes = await session.ShapesAsync(table[0]!, table[1]!);
            var rows = await session.RowsAsync(
                $"SELECT {string.Join(", ", shapes.Select(s => s.SelectExpression))} FROM {table[0]}.{table[1]}"
            );
            result[$"{table[0]}.{table[1]}"] = [.. rows.Select(Convert.ToHexString)];
        }
        return result;
    }

    /// <summary>The log as a file: every event of it, in order, as the server sent it.</summary>
    private static async Task<byte[]> ReadLogAsync(TestServer server, BinlogPosition end)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = 77_002, Position = end with { Offset = 4 } },
            limit.Token
        );
        var log = new MemoryStream();
        log.Write([0xFE, 0x62, 0x69, 0x6E]);
        while (true)
        {
            var received = await stream.ReadAsync(limit.Token);
            if (received.IsArtificial)
                continue;
            log.Write(received.Bytes.Span);
            if (received.Position >= end)
                return log.ToArray();
        }
    }
}
