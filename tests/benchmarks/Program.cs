using System.Globalization;
using Oms.Benchmarks.Incremental;
using Oms.Benchmarks.Memory;
using Oms.Benchmarks.Soak;
using Oms.Benchmarks.Wire;

return args switch
{
    ["wire"] => await WireBenchmark.RunAsync(),
    ["memory"] => await MemoryBenchmark.RunAsync(backlogMegabytes: 2048, largeTransactionRows: 1_000_000),
    ["memory", var megabytes, var rows] => await MemoryBenchmark.RunAsync(
        int.Parse(megabytes, CultureInfo.InvariantCulture),
        int.Parse(rows, CultureInfo.InvariantCulture)
    ),
    ["soak"] => await SoakBenchmark.RunAsync(TimeSpan.FromMinutes(30)),
    ["soak", var minutes] => await SoakBenchmark.RunAsync(TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture))),
    ["decode", var file] => DecodeProgram.Run(file),
    ["incremental", .. var only] => await IncrementalBenchmark.RunAsync(only),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        "usage: Oms.Benchmarks wire | incremental [PART|SERVER ...] | memory [MEGABYTES ROWS] | soak [MINUTES] | decode FILE"
    );
    return 2;
}
