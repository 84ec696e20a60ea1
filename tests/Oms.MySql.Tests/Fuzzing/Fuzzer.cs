using System.Globalization;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>Gives a parser damaged input: whatever it is, there is a value or the one error, in bounded time and memory.</summary>
internal static class Fuzzer
{
    private const int FixedAllocation = 64 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>The run's seed; another is given by <c>OMS_FUZZ_SEED</c>, and more cases by the factor <c>OMS_FUZZ_TIMES</c>.</summary>
    private static readonly ulong s_seed = Setting("OMS_FUZZ_SEED", 1);
    private static readonly ulong s_times = Setting("OMS_FUZZ_TIMES", 1);

    public static void Run(FuzzTarget target)
    {
        // What is made once (code, tables) belongs to no case.
        foreach (var seed in target.Seeds)
            Try(target, seed, isLimited: false);
        var at = 0L;
        string? failure = null;
        var worker = new Thread(() =>
        {
            for (var cases = (long)(ulong)target.Cases * (long)s_times; at < cases && failure is null; Volatile.Write(ref at, at + 1))
                failure = RunCase(target, at);
        })
        {
            IsBackground = true,
        };
        worker.Start();
        for (var seen = -1L; !worker.Join(s_patience); seen = Volatile.Read(ref at))
        {
            if (seen == Volatile.Read(ref at))
                Assert.Fail(
                    $"{Describe(target.Name, seen, Input(target.Name, target.Seeds, seen))} is not through after {s_patience.TotalSeconds} s."
                );
        }
        Assert.True(failure is null, failure);
    }

    /// <summary>One input, as it was printed by a run that failed.</summary>
    public static void Check(FuzzTarget target, byte[] input)
    {
        Try(target, input, isLimited: false);
        Assert.Null(Try(target, input, isLimited: true));
    }

    /// <summary>The input of a case.</summary>
    public static byte[] Input(string name, IReadOnlyList<byte[]> seeds, long number)
    {
        var random = new FuzzRandom(s_seed);
        foreach (var c in name)
            random = new FuzzRandom(random.Next() ^ c);
        random = new FuzzRandom(random.Next() ^ (ulong)number);
        return Mutation.Of(seeds, ref random);
    }

    /// <summary>What to print of a case, so that it can be run again.</summary>
    public static string Describe(string name, long number, byte[] input) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}, seed {s_seed}, case {number}, X'{Convert.ToHexString(input)}'");

    private static string? RunCase(FuzzTarget target, long number)
    {
        var input = Input(target.Name, target.Seeds, number);
        return Try(target, input, isLimited: true) is { } failure ? $"{Describe(target.Name, number, input)}\n{failure}" : null;
    }

    private static string? Try(FuzzTarget target, byte[] input, bool isLimited)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Read(input);
        }
        catch (Exception error) when (target.Error.IsInstanceOfType(error))
        {
            // as documented
        }
        catch (Exception error)
        {
            return $"An error of the wrong kind: {error}";
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var limit = FixedAllocation + (long)target.GreatestGrowth * input.Length;
        return isLimited && allocated > limit ? $"{allocated} bytes were allocated for {input.Length}; {limit} are justified." : null;
    }

    private static ulong Setting(string name, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
