using System.Diagnostics;
using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Wire;

/// <summary>Whole processes on one log, output to /dev/null: our decoder beside the server's own mysqlbinlog.</summary>
internal static class Peer
{
    private const int Runs = 5;

    /// <summary>The server's own program for its logs; null where it is not installed.</summary>
    public static string? Find(ServerFlavourName flavour)
    {
        var directory = Path.GetDirectoryName(ServerInstallation.Of(flavour).Server)!;
        string[] candidates =
            flavour == ServerFlavourName.MySql97
                ? [Path.Combine(directory, "mysqlbinlog")]
                : [Path.Combine(directory, "mariadb-binlog"), "/usr/bin/mariadb-binlog"];
        return candidates.FirstOrDefault(File.Exists);
    }

    /// <summary>The medians of alternate runs.</summary>
    public static async Task<(TimeSpan Ours, TimeSpan Theirs)> CompareAsync(string peer, string log)
    {
        var self = Path.ChangeExtension(typeof(Peer).Assembly.Location, null);
        var (ours, theirs) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 0; i <= Runs; i++)
        {
            var own = await RunAsync(self, "decode", log);
            var other = await RunAsync(peer, "--verify-binlog-checksum", log);
            if (i == 0)
                continue; // the first run of each only brings the file and the programs into memory
            ours.Add(own);
            theirs.Add(other);
        }
        return (Median(ours), Median(theirs));
    }

    public static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    private static async Task<TimeSpan> RunAsync(params string[] command)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null", "sh", .. command]) { RedirectStandardError = true }
        )!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var time = Stopwatch.GetElapsedTime(start);
        return process.ExitCode == 0
            ? time
            : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {errors}");
    }
}
