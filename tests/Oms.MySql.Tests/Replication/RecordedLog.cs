using System.IO.Compression;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Replication;

/// <summary>Binlog files that real servers wrote, with the rows that the server held at their end (<c>Recorded/README.md</c> says how they
/// are made).</summary>
internal static class RecordedLog
{
    private const int MagicLength = 4;

    /// <summary>The events of a binlog file, each with the format that it is in.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Bytes, BinlogEventHeader Header, FormatDescription Format)> Events(
        ReadOnlyMemory<byte> file
    )
    {
        var format = FormatDescription.Parse(
            file.Span[MagicLength..(MagicLength + (int)BinlogEventHeader.Parse(file.Span[MagicLength..]).Length)]
        );
        for (var at = MagicLength; at < file.Length; )
        {
            var header = BinlogEventHeader.Parse(file.Span[at..]);
            var bytes = file.Slice(at, (int)header.Length);
            format.VerifyChecksum(bytes.Span);
            yield return (bytes, header, format);
            at += bytes.Length;
        }
    }

    /// <summary>The state that a log leaves.</summary>
    /// <param name="history">The schema from the log's beginning on; it takes in the log's statements.</param>
    public static ReplayedState Replay(ReadOnlyMemory<byte> file, SchemaHistory history)
    {
        var position = history.Start!.Value with { Offset = MagicLength };
        var state = new ReplayedState(
            (database, table) =>
                history.Find(database, table, position) is { Knowledge: SchemaKnowledge.Known, Columns: var columns } ? columns : null
        );
        foreach (var (bytes, header, format) in Events(file))
        {
            var end = position with { Offset = position.Offset + header.Length };
            state.Ddl = query => history.Apply(end, query);
            state.Apply(bytes, header, format);
            position = end;
        }
        return state;
    }

    /// <summary>Records a log: <c>name.binlog</c>, <c>name.schema.gz</c> (the schema's history at its beginning) and <c>name.rows</c> (a
    /// line a row at its end; a table without rows has a line of its own).</summary>
    public static void Write(string directory, string name, byte[] log, string schema, Dictionary<string, HashSet<string>> tables)
    {
        var path = Path.Combine(directory, name);
        File.WriteAllBytes(path + ".binlog", log);
        using (var target = new GZipStream(File.Create(path + ".schema.gz"), CompressionLevel.SmallestSize))
            target.Write(File.ReadAllBytes(schema));
        File.WriteAllLines(
            path + ".rows",
            tables
                .OrderBy(t => t.Key, StringComparer.Ordinal)
                .SelectMany(t => t.Value.Order(StringComparer.Ordinal).Select(row => $"{t.Key} {row}").DefaultIfEmpty(t.Key))
        );
    }

    /// <summary>Replays a recorded log and checks that it leads to the rows that were recorded with it.</summary>
    public static ReplayedState Check(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        var copy = Path.GetTempFileName();
        try
        {
            using (var source = new GZipStream(File.OpenRead(path + ".schema.gz"), CompressionMode.Decompress))
            using (var target = File.Create(copy))
                source.CopyTo(target);
            using var history = SchemaHistory.Open(copy);
            var state = Replay(File.ReadAllBytes(path + ".binlog"), history);
            AssertState(ReadRows(path + ".rows"), state);
            return state;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static Dictionary<string, HashSet<string>> ReadRows(string path)
    {
        var tables = new Dictionary<string, HashSet<string>>();
        foreach (var line in File.ReadLines(path))
        {
            var parts = line.Split(' ');
            if (!tables.TryGetValue(parts[0], out var rows))
                tables[parts[0]] = rows = [];
            if (parts.Length > 1)
                rows.Add(parts[1]);
        }
        return tables;
    }

    /// <summary>Checks that a log led to these rows.</summary>
    public static void AssertState(Dictionary<string, HashSet<string>> expected, ReplayedState state)
    {
        Assert.Equal(
            expected.Keys.Order(),
            state.Tables.Where(t => t.Value.Count > 0 || expected.ContainsKey(t.Key)).Select(t => t.Key).Order()
        );
        foreach (var (table, rows) in expected)
            Assert.Equal(rows.Order(), state.Tables[table].Order());
    }
}
