using System.IO.Compression;
using Oms.Changes;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests.Replication;
using Oms.Objects;
using Oms.Rows;
using Oms.Servers;
using Oms.Store;

namespace Oms.Engine.Tests.Changes;

/// <summary>A source whose log a real server wrote (tests/Oms.MySql.Tests/Recorded), in a Store.</summary>
internal sealed class RecordedSource : IDisposable
{
    private readonly TempHome _home = new();

    public RecordedSource(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Recorded", name);
        var file = File.ReadAllBytes(path + ".binlog");
        Rows = File.ReadLines(path + ".rows").Select(l => l.Split(' ')).Where(l => l.Length > 1).ToLookup(l => l[0], l => l[1]);
        (History, Known) = (Open(path, "history"), Open(path, "known"));
        Start = History.Start!.Value with { Offset = LogSegment.FirstOffset };
        Store = LogStore.Open(Path.Combine(_home.Path, "log"));
        Store.BeginSegment(Start, []);
        foreach (var (bytes, header, format) in RecordedLog.Events(file))
        {
            Store.Append(bytes);
            if (EventKinds.Of(header.Type) == EventKind.Statement)
                Known.Apply(Store.WritePosition!.Value, QueryEvent.Parse(format.Body(bytes), header.Type, format));
        }
        Store.Flush();
    }

    public LogStore Store { get; }

    /// <summary>The schema at the log's beginning, which a reader leads on.</summary>
    public SchemaHistory History { get; }

    /// <summary>The schema at every place of the log.</summary>
    public SchemaHistory Known { get; }

    public BinlogPosition Start { get; }

    /// <summary>The rows that the server held at the log's end, by table (<c>database.table</c>).</summary>
    public ILookup<string, string> Rows { get; }

    /// <summary>A table as it is at the log's end, the same on both sides.</summary>
    public TableBinding Bind(TableName name)
    {
        var known = Known.Find(name.Database, name.Table, Store.End!.Value).Definition!;
        var schema = new TableSchema
        {
            Name = name,
            StorageEngine = "InnoDB",
            Columns = known.Columns,
            UniqueKeys =
            [
                new UniqueKey(
                    "PRIMARY",
                    [.. known.PrimaryKey.Select(k => known.Columns.Index().First(c => c.Item.Name == k).Index)],
                    true,
                    true
                ),
            ],
        };
        return new TableBinding(new TablePair(schema, schema));
    }

    public void Dispose()
    {
        History.Dispose();
        Known.Dispose();
        Store.Dispose();
        _home.Dispose();
    }

    private SchemaHistory Open(string path, string copy)
    {
        copy = Path.Combine(_home.Path, copy);
        using (var source = new GZipStream(File.OpenRead(path + ".schema.gz"), CompressionMode.Decompress))
        using (var target = File.Create(copy))
            source.CopyTo(target);
        return SchemaHistory.Open(copy);
    }
}
