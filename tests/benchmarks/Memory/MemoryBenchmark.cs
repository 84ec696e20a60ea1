using System.Diagnostics;
using System.Globalization;
using Oms.Integration.Tests.Agent;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Memory;

/// <summary>The greatest resident memory of a link's process (VmHWM): with a large backlog, and with one transaction that is larger than
/// memory should be.</summary>
internal static class MemoryBenchmark
{
    private const double WantedMegabytes = 250;
    private const int RowsOfTransaction = 200;
    private const string Schema =
        "CREATE DATABASE load_test; CREATE TABLE load_test.item (id BIGINT PRIMARY KEY, n INT NOT NULL, body VARCHAR(1000) CHARACTER SET latin1 NOT NULL)";
    private const string Checksum =
        "SELECT CONCAT_WS(' ', COUNT(*), SUM(n), BIT_XOR(CRC32(CONCAT_WS('|', id, n, body)))) FROM load_test.item";

    public static async Task<int> RunAsync(int backlogMegabytes, int largeTransactionRows)
    {
        var table = new ResultTable("memory");
        var directory = Directory.CreateTempSubdirectory("oms-memory-").FullName;
        string[] options =
        [
            "--innodb-buffer-pool-size=256M",
            "--innodb-doublewrite=OFF",
            "--innodb-flush-log-at-trx-commit=0",
            "--binlog-annotate-row-events=OFF",
        ];
        await using var north = await TestServer.StartAsync(ServerFlavourName.MariaDb1011, options);
        await using var south = await TestServer.StartAsync(ServerFlavourName.MariaDb1011, options);
        try
        {
            await north.SqlAsync(Schema);
            await south.SqlAsync(Schema);
            var file = AgentFile.Write(
                directory,
                "project.json",
                north,
                south,
                """{ "name": "load", "source": "north", "destination": "south", "types": "Incremental", "objects": [ "load_test.*" ] }"""
            );
            await CatchUpAsync(file, directory); // so that the link has a checkpoint before the backlog

            Progress($"the source writes a backlog of {backlogMegabytes} MB");
            var rows = await WriteBacklogAsync(north, backlogMegabytes);
            Progress($"the link applies its {rows:N0} rows");
            await MeasureAsync($"backlog of {backlogMegabytes} MB");

            Progress($"the source writes one transaction of {largeTransactionRows:N0} rows, and another that changes them all");
            await north.SqlAsync(
                $"DELETE FROM load_test.item; INSERT INTO load_test.item SELECT seq, 0, REPEAT('x', 200) FROM seq_1_to_{largeTransactionRows}",
                "load_test"
            );
            await MeasureAsync($"a transaction of {largeTransactionRows:N0} inserts");
            await north.SqlAsync("UPDATE load_test.item SET n = n + 1");
            await MeasureAsync($"a transaction of {largeTransactionRows:N0} updates");

            async Task MeasureAsync(string what)
            {
                var (peak, time) = await CatchUpAsync(file, directory);
                table.AtMost($"{what}: the process's peak", peak, "MB", WantedMegabytes);
                table.Note($"{what}: applied in", time.TotalSeconds, "s");
                var (wanted, got) = (await north.ScalarAsync(Checksum), await south.ScalarAsync(Checksum));
                if (wanted != got)
                    table.Missing(what, $"the two differ: {wanted}, {got}");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
        return table.Print();
    }

    private static async Task<long> WriteBacklogAsync(TestServer server, int megabytes)
    {
        var id = 0L;
        for (var size = 0L; size < (long)megabytes << 20; )
        {
            for (var i = 0; i < 500; i++, id += RowsOfTransaction)
                await server.SqlAsync(
                    $"INSERT INTO load_test.item SELECT seq, seq % 1000, REPEAT(MD5(seq), 31) FROM seq_{id + 1}_to_{id + RowsOfTransaction}",
                    "load_test"
                );
            size = (await server.SqlAsync("SHOW BINARY LOGS")).Sum(r => long.Parse(r[1]!, CultureInfo.InvariantCulture));
        }
        return id;
    }

    /// <summary>Runs the link until all is applied; the process's peak in megabytes.</summary>
    private static async Task<(double Peak, TimeSpan Time)> CatchUpAsync(string file, string directory)
    {
        var clock = Stopwatch.StartNew();
        await using var agent = AgentProcess.Start("run", file, "--home", Path.Combine(directory, "home"), "--until", "synchronized");
        var ended = agent.EndAsync(TimeSpan.FromHours(2));
        var peak = 0L;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!ended.IsCompleted)
        {
            peak = Math.Max(peak, PeakOf(agent.ProcessId));
            await timer.WaitForNextTickAsync();
        }
        var (status, output, errors) = await ended;
        return status == 0
            ? (peak / 1024.0, clock.Elapsed)
            : throw new InvalidOperationException($"The agent ended with {status}: {errors}{output}");
    }

    /// <summary>Kilobytes; 0 when the process has ended.</summary>
    private static long PeakOf(int processId)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null
                ? 0
                : long.Parse(
                    line.AsSpan("VmHWM:".Length, line.Length - "VmHWM:".Length - " kB".Length),
                    NumberStyles.AllowLeadingWhite,
                    CultureInfo.InvariantCulture
                );
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static void Progress(FormattableString text) => Console.Error.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
