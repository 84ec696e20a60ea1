using Oms.Engine.Tests.Metadata;
using Oms.MySql.Binlog;
using Oms.Store;

namespace Oms.Engine.Tests.Store;

/// <summary>A machine whose power is cut at any moment: what was told to be safe on disk is there, whatever else is lost, and what is read
/// is what was written.</summary>
public sealed class PowerCutTests : IDisposable
{
    /// <summary>What the test program is asked for when it is to write a Store.</summary>
    public const string Role = "store";

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-power-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private sealed class WatchedTheoryAttribute : TheoryAttribute
    {
        public WatchedTheoryAttribute() => Skip = DiskJournal.WhyMissing;
    }

    /// <summary>Writes three files of a log as the puller does, and tells in a file beside it what is safe.</summary>
    public static int Write(string folder, bool hasChecksums)
    {
        using var store = LogStore.Open(LogOf(folder));
        var log = new FakeLog(store, hasChecksums);
        for (ulong file = 1; file <= 3; file++)
        {
            log.Begin($"b.{file:000000}", FakeLog.Noon);
            for (ulong i = 1; i <= 6; i++)
            {
                log.Transaction(file * 10 + i, FakeLog.Noon, bytes: 50);
                store.Flush();
                if (i % 2 == 0)
                    store.Sync();
                File.AppendAllText(ToldOf(folder), $"{store.Durable}\n");
            }
        }
        return 0;
    }

    private static string LogOf(string folder) => Path.Combine(folder, "log");

    private static string ToldOf(string folder) => Path.Combine(folder, "told");

    [WatchedTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_told_to_be_safe_is_there_after_a_power_cut_at_any_moment(bool hasChecksums)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_directory, "written")).FullName;
        Directory.CreateDirectory(LogOf(folder));
        using var program = OtherProcess.Describe(Role, folder, hasChecksums.ToString());
        var journal = DiskJournal.Record(folder, program.StartInfo);
        List<string> written;
        using (var store = LogStore.Open(LogOf(folder)))
            written = Read(store);
        Assert.Equal(3 * (1 + 6 * 3), written.Count);
        Assert.True(journal.Calls > 60, $"{journal.Calls} calls were seen.");

        var random = new Random(11);
        for (var calls = 0; calls <= journal.Calls; calls++)
        {
            var told = journal.TextAt(ToldOf(folder), calls).Split('\n').SkipLast(1).LastOrDefault(t => t.Length > 0) is { } position
                ? BinlogPosition.Parse(position)
                : (BinlogPosition?)null;
            for (var variant = 0; variant < 3; variant++)
            {
                var left = Path.Combine(_directory, $"{calls}-{variant}");
                Directory.CreateDirectory(LogOf(left));
                journal.Restore(left, calls, variant == 0 ? null : random);
                using (var store = LogStore.Open(LogOf(left)))
                {
                    Assert.True(
                        told is null || store.End >= told,
                        $"After {calls} calls, variant {variant}, {told} was told, and the Store ends at {store.End?.ToString() ?? "nothing"}."
                    );
                    if (store.Start is not null)
                        Assert.True(
                            written.Take(Read(store).Count).SequenceEqual(Read(store)),
                            $"After {calls} calls, variant {variant}, something else is read."
                        );
                }
                Directory.Delete(left, recursive: true);
            }
        }
    }

    private static List<string> Read(LogStore store)
    {
        var events = new List<string>();
        using var reader = new LogReader(store, store.Start!.Value);
        while (reader.TryRead(out var bytes, out _))
            events.Add(Convert.ToHexString(bytes.Span));
        return events;
    }
}
