using Oms.Benchmarks.Incremental;
using Oms.Benchmarks.Wire;

return args switch
{
    ["wire"] => await WireBenchmark.RunAsync(),
    ["decode", var file] => DecodeProgram.Run(file),
    ["incremental", .. var only] => await IncrementalBenchmark.RunAsync(only),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Oms.Benchmarks wire | decode FILE");
    return 2;
}
