using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using History = Oms.MySql.Ddl.SchemaHistory;

namespace Oms.Integration.Tests.Schema;

/// <summary>A history that follows a server's log, and the server's own word of the same schema to compare it with.</summary>
internal sealed class SchemaFollower : IAsyncDisposable
{
    private static uint s_serverId = 77_100; // each reader of one server has its own

    private readonly RowSession _connection;
    private readonly BinlogStream _stream;
    private readonly string _directory;
    private readonly List<string> _mapDifferences = [];

    private SchemaFollower(RowSession connection, BinlogStream stream, History history, string directory) =>
        (_connection, _stream, History, _directory) = (connection, stream, history, directory);

    public History History { get; }

    /// <summary>The position up to which the log was followed.</summary>
    public BinlogPosition Position { get; private set; }

    public static async Task<SchemaFollower> StartAsync(TestServer server, params string[] databases)
    {
        var directory = Directory.CreateTempSubdirectory("oms-schema-").FullName;
        var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        var history = History.Open(Path.Combine(directory, "history.jsonl"));
        await history.SnapshotAsync(connection, databases);
        var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = Interlocked.Increment(ref s_serverId), Position = history.Position }
        );
        return new SchemaFollower(connection, stream, history, directory) { Position = history.Position!.Value };
    }

    /// <summary>What table maps of the log say against the history, since the last call.</summary>
    public IReadOnlyList<string> TakeMapDifferences()
    {
        var taken = _mapDifferences.ToList();
        _mapDifferences.Clear();
        return taken;
    }

    /// <summary>How many table maps were compared with the history.</summary>
    public int ComparedMaps { get; private set; }

    /// <summary>Takes in the log up to its present end.</summary>
    public async Task FollowAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var end = (await ServerLog.EndAsync(_connection, limit.Token))!.Value;
        while (Position < end)
        {
            var received = await _stream.ReadAsync(limit.Token);
            if (received.IsArtificial)
                continue;
            Position = received.Position;
            if (received.Header.Type is BinlogEventType.Query or BinlogEventType.MariaDbQueryCompressed)
                History.Apply(
                    received.Position,
                    QueryEvent.Parse(_stream.Format.Body(received.Bytes), received.Header.Type, _stream.Format)
                );
            else if (received.Header.Type == BinlogEventType.TableMap)
                Compare(TableMap.Parse(_stream.Format.Body(received.Bytes).Span, _stream.Format));
        }
    }

    private void Compare(TableMap map)
    {
        if (History.Find(map.Database, map.Table, Position).Definition is not { } definition)
            return;
        ComparedMaps++;
        if (TableMapComparison.Differences(map, definition, History.State!.Server) is { Count: > 0 } differences)
            _mapDifferences.Add($"{map.Database}.{map.Table} in the log: {string.Join("; ", differences)}");
    }

    /// <summary>How history and server differ, a line each; empty when they agree for every table.</summary>
    public async Task<List<string>> DifferencesAsync()
    {
        var truth = await SchemaSnapshot.TakeAsync(
            _connection,
            [.. History.State!.Databases.Where(d => d.Value.IsFollowed).Select(d => d.Key)],
            async cancel => (await ServerLog.EndAsync(_connection, cancel))!.Value,
            default
        );
        var differences = new List<string>();
        foreach (var (table, state) in truth.Tables)
        {
            var expected = state.Definition!;
            var found = History.State!.Find(table.Database, table.Table);
            if (found.Definition is not { } actual)
            {
                differences.Add($"{table}: {found.Uncertainty ?? "not known"}");
                continue;
            }
            if (!expected.Columns.SequenceEqual(actual.Columns))
                differences.AddRange(Columns(table, expected.Columns, actual.Columns));
            if (expected.Collation != actual.Collation)
                differences.Add($"{table}: collation {expected.Collation} at the server, {actual.Collation} in the history");
            if (!expected.PrimaryKey.SequenceEqual(actual.PrimaryKey, StringComparer.OrdinalIgnoreCase))
                differences.Add(
                    $"{table}: primary key ({string.Join(',', expected.PrimaryKey)}) at the server, ({string.Join(',', actual.PrimaryKey)}) in the history"
                );
            if (expected.HidesRowId != actual.HidesRowId)
                differences.Add($"{table}: hides my_row_id {expected.HidesRowId} at the server, {actual.HidesRowId} in the history");
            if (
                expected.Hidden is { } hidden
                && !(actual.Hidden is { } foreseen && foreseen.Least <= hidden.Most && foreseen.Most >= hidden.Least)
            )
                differences.Add(
                    $"{table}: {hidden} hidden columns at the server by {Show(expected.UniqueKeys!)}, {actual.Hidden} in the history by {Show(actual.UniqueKeys ?? [])}"
                );
            if (expected.IsSystemVersioned != actual.IsSystemVersioned)
                differences.Add(
                    $"{table}: system versioning {expected.IsSystemVersioned} at the server, {actual.IsSystemVersioned} in the history"
                );
        }
        differences.AddRange(
            History
                .State!.Tables.Where(t => t.Value.Definition is not null && !truth.Tables.ContainsKey(t.Key))
                .Select(t => $"{t.Key}: not at the server")
        );
        differences.AddRange(
            truth
                .Databases.Where(d => d.Value != History.State!.Databases.GetValueOrDefault(d.Key) && d.Value.IsFollowed)
                .Select(d => $"{d}: {History.State!.Databases.GetValueOrDefault(d.Key)}")
        );
        return differences;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _connection.DisposeAsync();
        History.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static IEnumerable<string> Columns(QualifiedTable table, IReadOnlyList<ColumnShape> expected, IReadOnlyList<ColumnShape> actual)
    {
        if (expected.Count != actual.Count)
            yield return $"{table}: {expected.Count} columns at the server ({string.Join(',', expected.Select(c => c.Name))}), {actual.Count} in the history ({string.Join(',', actual.Select(c => c.Name))})";
        foreach (var (server, history) in expected.Zip(actual))
            if (server != history)
                yield return $"{table}: at the server {Show(server)}, in the history {Show(history)}";
    }

    private static string Show(IEnumerable<UniqueKeyDefinition> keys) =>
        string.Join(
            ", ",
            keys.Select(k =>
                $"{k.Name}{(k.IsNameMadeUp ? "?" : "")}({string.Join(',', k.Parts?.Select(p => p.Prefix is null ? p.Column : $"{p.Column}({p.Prefix})") ?? ["?"])}) {k.IsHashed?.ToString() ?? "?"}{(k.IsDoubtful ? "?" : "")}"
            )
        );

    private static string Show(ColumnShape c) =>
        $"{c.Name} {c.DataType} {c.ColumnType} {c.CharacterSet}/{c.Collation} {c.OctetLength}{(c.IsNullable ? " null" : "")}{(c.IsGenerated ? " generated" : "")}";
}
