using Oms.Marks;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.Store;

/// <summary>A link's move to another server, in its folder: prepared before the destination says that the link has moved, and taken over
/// behind that, at once or by whichever process starts the link next.</summary>
internal static class MoveFolder
{
    private const string FileName = "source.move",
        BegunSuffix = ".begun";

    /// <summary>Whether what stands in the folder is of the log before the move.</summary>
    public static bool IsBehind(string directory, MovedSource moved) =>
        !File.Exists(PathIn(directory)) || File.ReadAllText(PathIn(directory)) != moved.Id;

    /// <summary>Writes the schema's history for the new log, beside the one that counts. The schema behind the last applied transaction is
    /// that of all applied ones, whatever order another server has them in: a replica has a DDL statement and what depends on it in the
    /// source's order.</summary>
    public static void Prepare(string directory, MovedSource move, SchemaHistory history, ServerCatalogue server)
    {
        // A pattern for them would take in the history itself.
        foreach (var other in Directory.GetFiles(directory))
            if (other.StartsWith(HistoryPath(directory, ""), StringComparison.Ordinal))
                File.Delete(other);
        history.Continue(HistoryPath(directory, move.Id), move.Position, server);
    }

    /// <summary>Has the folder stand in the new log. May be repeated; whatever of it is not of this move goes.</summary>
    public static void TakeOver(string directory, MovedSource moved)
    {
        Directory.CreateDirectory(directory);
        var (prepared, begun) = (HistoryPath(directory, moved.Id), PathIn(directory) + BegunSuffix);
        if (File.Exists(prepared))
        {
            Write(begun, moved.Id);
            File.Move(prepared, SourceSchema.PathIn(directory), overwrite: true);
        }
        else if (!File.Exists(begun) || File.ReadAllText(begun) != moved.Id)
        {
            // Of another host, which was not there when the link moved: what it knows is of the old log.
            Write(begun, moved.Id);
            File.Delete(SourceSchema.PathIn(directory));
        }
        using (var store = LogStore.Open(StoreFolder.OfLog(directory)))
            store.PutAside();
        SourceGtids.Remove(directory);
        SourceIdentity.Replace(directory, moved.Server);
        DirectorySync.Flush(directory);
        File.Move(begun, PathIn(directory), overwrite: true);
        DirectorySync.Flush(directory);
    }

    private static void Write(string path, string id)
    {
        using var file = File.Create(path);
        file.Write(System.Text.Encoding.UTF8.GetBytes(id));
        file.Flush(flushToDisk: true);
    }

    private static string HistoryPath(string directory, string id) => $"{SourceSchema.PathIn(directory)}.{id}";

    private static string PathIn(string directory) => Path.Combine(directory, FileName);
}
