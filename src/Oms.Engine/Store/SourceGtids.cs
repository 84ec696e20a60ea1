using Newtonsoft.Json;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.Store;

/// <summary>
/// What a link's source had executed where the Store begins, kept beside it: once the source is gone nobody else can tell which of a
/// replica's transactions the link has applied.
/// </summary>
internal sealed record SourceGtids
{
    private const string FileName = "source.gtids";

    /// <summary>The first event that the Store held, if the transactions before it could be told; null: a file's head in the Store tells
    /// them.</summary>
    public string? Position { get; init; }

    /// <summary>The transactions of the log before <see cref="Position"/>.</summary>
    public string? Logged { get; init; }

    /// <summary>The newest of them.</summary>
    public IReadOnlyList<Transaction> Newest { get; init; } = [];

    /// <summary>All that the source had executed at some time, in its log or not (loaded from a dump).</summary>
    public required string Executed { get; init; }

    /// <summary>A place in its log behind all of <see cref="Executed"/>.</summary>
    public required string Until { get; init; }

    /// <summary>A <see cref="SeenTransaction"/> as it is written.</summary>
    public sealed record Transaction(string Gtid, string? Before, uint Written, ulong CommittedMicros)
    {
        public static Transaction Of(SeenTransaction seen) =>
            new(seen.Gtid.ToString(), seen.Before?.ToString(), seen.Written, seen.CommittedMicros);

        public SeenTransaction Read() => new(LogGtid.Parse(Gtid), Before is null ? null : LogGtid.Parse(Before), Written, CommittedMicros);
    }

    /// <summary>The record of a link; null: there is none, or it can't be read.</summary>
    public static SourceGtids? Find(string directory)
    {
        try
        {
            return File.Exists(PathIn(directory)) ? JsonConvert.DeserializeObject<SourceGtids>(File.ReadAllText(PathIn(directory))) : null;
        }
        catch (JsonException)
        {
            // Half written: it is made anew.
            return null;
        }
    }

    public void Write(string directory)
    {
        var beside = PathIn(directory) + ".new";
        using (var file = File.Create(beside))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(this)));
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, PathIn(directory), overwrite: true);
        DirectorySync.Flush(directory);
    }

    public static void Remove(string directory) => File.Delete(PathIn(directory));

    /// <summary>The places in the Store in front of which all transactions are known, the newest first.</summary>
    public IEnumerable<BinlogPosition> KnownBeginnings(LogStore store) =>
        store.Beginnings.Reverse().Where(b => b.Offset == LogSegment.FirstOffset || b.ToString() == Position);

    /// <summary>The transactions that the Store holds and all before them; null where that can't be told.</summary>
    /// <exception cref="StoreDamagedException">The Store can't be read.</exception>
    public GtidTrail? Follow(LogStore store)
    {
        GtidTrail? last = null;
        // Back to a file with a transaction, by which the log is known again.
        foreach (var beginning in KnownBeginnings(store))
        {
            last = Follow(store, beginning);
            if (last.Newest.Count > 0)
                break;
        }
        return last;
    }

    private GtidTrail Follow(LogStore store, BinlogPosition beginning)
    {
        var isRecorded = beginning.ToString() == Position;
        var trail = new GtidTrail(
            isRecorded && Logged is not null ? ExecutedGtids.Parse(Logged) : ExecutedGtids.None(ExecutedGtids.Parse(Executed).IsMariaDb)
        );
        if (isRecorded)
            trail.Seed(Newest.Select(n => n.Read()));
        using var log = new LogReader(store, beginning);
        while (log.TryRead(out var bytes, out var header))
        {
            var at = log.Position with { Offset = log.Position.Offset - header.Length };
            trail.Add(at, header, log.Format.Body(bytes), log.Format);
        }
        return trail;
    }

    private static string PathIn(string directory) => Path.Combine(directory, FileName);
}
