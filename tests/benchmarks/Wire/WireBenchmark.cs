using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Wire;

/// <summary>The wire library's targets: decoding of a log, reading of text rows, and whole processes beside mysqlbinlog.</summary>
internal static class WireBenchmark
{
    private const long LogSize = 300_000_000;
    private const double WantedDecoding = 150,
        WantedRows = 1_500_000,
        WantedRatio = 3;
    private const int Replays = 7,
        WarmReplays = 2;

    public static async Task<int> RunAsync()
    {
        var table = new ResultTable("wire");
        ServerFlavourName[] flavours = [ServerFlavourName.MariaDb1011, ServerFlavourName.MySql97];
        foreach (var flavour in flavours)
        {
            if (ServerInstallation.WhyMissing([flavour]) is { } missing)
            {
                table.Missing($"{flavour}", missing);
                continue;
            }
            await MeasureLogAsync(flavour, table);
        }
        if (
            flavours.FirstOrDefault(f => ServerInstallation.WhyMissing([f]) is null) is var server
            && ServerInstallation.WhyMissing([server]) is null
        )
            await MeasureRowsAsync(server, table);
        return table.Print();
    }

    private static async Task MeasureLogAsync(ServerFlavourName flavour, ResultTable table)
    {
        Progress($"{flavour}: the server writes a log of {LogSize / 1_000_000} MB under a sysbench-like load");
        await using var log = await SysbenchLog.MakeAsync(flavour, LogSize);
        BinlogDecoding.Log = await File.ReadAllBytesAsync(log.Path);
        var megabytes = BinlogDecoding.Log.Length / 1e6;
        var rows = BinlogDecoding.CountRows();
        Progress($"{flavour}: {megabytes:0} MB, {rows} row images; decoding");
        var report = Measure<BinlogDecoding>();
        var seconds = report.ResultStatistics!.Mean / 1e9;
        table.AtLeast($"{flavour}: log decoded to text rows, CRC32 verified", megabytes / seconds, "MB/s", WantedDecoding);
        table.Note($"{flavour}: rows of it ({megabytes / rows * 1e6:0} bytes of log each)", rows / seconds, "rows/s");
        table.AtMost($"{flavour}: allocated for all {rows} rows", BinlogDecoding.AllocatedByAPass(), "bytes", 0);
        table.Note(
            $"{flavour}: allocated a row, by MemoryDiagnoser",
            (report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0) / (double)rows,
            "bytes"
        );
        BinlogDecoding.Log = [];

        if (Peer.Find(flavour) is not { } peer)
        {
            table.Missing($"{flavour}: whole process", "its mysqlbinlog is not installed");
            return;
        }
        Progress($"{flavour}: whole processes beside {Path.GetFileName(peer)}");
        var (ours, theirs) = await Peer.CompareAsync(peer, log.Path);
        table.Note($"{flavour}: {Path.GetFileName(peer)} --verify-binlog-checksum", theirs.TotalSeconds, "s");
        table.Note($"{flavour}: our decoder", ours.TotalSeconds, "s");
        table.AtLeast($"{flavour}: whole processes, times faster", theirs / ours, "×", WantedRatio);
    }

    private static async Task MeasureRowsAsync(ServerFlavourName flavour, ResultTable table)
    {
        Progress($"{flavour}: a result of {RecordedResult.Columns} columns is recorded");
        var recorded = await RecordedResult.RecordAsync(flavour);
        Progress($"{flavour}: {recorded.Rows} rows, {recorded.Result.Length / 1e6:0} MB; replayed from loopback and from memory");
        var times = new List<TimeSpan>();
        for (var i = 0; i < Replays; i++)
            times.Add(await recorded.ReplayAsync());
        table.AtLeast(
            "text rows of 10 columns through a connection",
            recorded.Rows / Peer.Median(times[WarmReplays..]).TotalSeconds,
            "rows/s",
            WantedRows
        );
        TextRowReading.Result = recorded.Result;
        var report = Measure<TextRowReading>();
        table.AtLeast("text rows of 10 columns from memory", recorded.Rows / (report.ResultStatistics!.Mean / 1e9), "rows/s", WantedRows);
        table.Note(
            "text rows from memory: allocated a row",
            (report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0) / (double)recorded.Rows,
            "bytes"
        );
    }

    private static BenchmarkReport Measure<T>()
    {
        var artifacts = Directory.CreateTempSubdirectory("oms-benchmark-");
        try
        {
            var text = new AccumulationLogger();
            // In this process: it holds the data, and needs no other build.
            var config = ManualConfig
                .CreateEmpty()
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .AddDiagnoser(MemoryDiagnoser.Default)
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .AddLogger(text)
                .WithArtifactsPath(artifacts.FullName)
                .WithOptions(ConfigOptions.DisableLogFile);
            var summary = BenchmarkRunner.Run<T>(config);
            return summary.Reports is [{ Success: true } report]
                ? report
                : throw new InvalidOperationException($"{typeof(T).Name} could not be measured:\n{text.GetLog()}");
        }
        finally
        {
            artifacts.Delete(recursive: true);
        }
    }

    private static void Progress(string what) => Console.Error.WriteLine(what);
}
