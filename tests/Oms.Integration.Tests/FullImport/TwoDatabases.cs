using Oms.Context;
using Oms.FullImport;
using Oms.Integration.Tests.Servers;
using Oms.Marks;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;

namespace Oms.Integration.Tests.FullImport;

/// <summary>A server a flavour, shared by the tests of a class; each test has a source and a destination database of its own on
/// it.</summary>
public sealed class ServersByFlavour : IAsyncLifetime
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ServerFlavourName, Task<TestServer>> _servers = [];
    private static int s_tests; // one count for all classes, since they share the kernel

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _servers.Values)
            await (await server).DisposeAsync();
    }

    /// <summary>The flavour's server, with databases of other tests.</summary>
    public Task<TestServer> GetAsync(ServerFlavourName flavour)
    {
        if (flavour == ServerFlavourName.OceanBase)
            return TestServer.SharedKernelAsync();
        lock (_lock)
        {
            if (!_servers.TryGetValue(flavour, out var starting))
                _servers[flavour] = starting = TestServer.StartAsync(flavour);
            return starting;
        }
    }

    internal async Task<TwoDatabases> CreateAsync(ServerFlavourName flavour)
    {
        var test = Interlocked.Increment(ref s_tests);
        var server = await GetAsync(flavour);
        await server.SqlAsync($"CREATE DATABASE src{test} CHARACTER SET utf8mb4; CREATE DATABASE dst{test} CHARACTER SET utf8mb4");
        return new TwoDatabases(server, $"src{test}", $"dst{test}", $"oms{test}");
    }
}

/// <summary>Tests between servers of several products share one server of each.</summary>
[CollectionDefinition(Name)]
public sealed class ProductTestGroup : ICollectionFixture<ServersByFlavour>
{
    public const string Name = "Products";
}

/// <summary>A source and a destination database on one server, and the link between them.</summary>
internal sealed class TwoDatabases(TestServer server, string source, string destination, string marks)
{
    public TestServer Server { get; } = server;
    public string Source { get; } = source;
    public string Destination { get; } = destination;
    public string Marks { get; } = marks;

    /// <summary>Options so small that a few rows make several ranges, reads, chunks and statements.</summary>
    public static ImportOptions Tiny { get; } =
        new()
        {
            Workers = 3,
            RangeRows = 7,
            ReadRows = 5,
            ChunkBytes = 3000,
            ChunkRows = 3,
            StatementBytes = 150,
        };

    /// <summary>Runs DDL on both sides.</summary>
    public async Task CreateAsync(string ddl)
    {
        await Server.SqlAsync(Mode + ddl, Source);
        await Server.SqlAsync(Mode + ddl, Destination);
    }

    public Task<IReadOnlyList<string?[]>> AtSourceAsync(string sql) => Server.SqlAsync(Mode + sql, Source);

    public Task<IReadOnlyList<string?[]>> AtDestinationAsync(string sql) => Server.SqlAsync(Mode + sql, Destination);

    /// <summary>Takes the link over and reads the tables, as a runner does.</summary>
    public async Task<LinkContext> StartLinkAsync(ExistingRecords existing = ExistingRecords.Stop)
    {
        await using var connection = new RowSession(Server.SessionOptions());
        await connection.OpenAsync();
        await TxnMark.CreateTablesAsync(connection, Marks, default);
        var mark = new TxnMark("link", "beijing", Marks);
        await mark.AcquireAsync(connection, default);
        return new LinkContext
        {
            Project = new Project
            {
                Name = "link",
                Source = "a",
                Destination = "b",
                Full = new FullMigrationOptions { ExistingRecords = existing },
            },
            Source = new DataSource
            {
                Name = "a",
                Type = DataSourceType.MySQL,
                Region = "beijing",
                Host = "127.0.0.1",
                User = "root",
            },
            Destination = new DataSource
            {
                Name = "b",
                Type = DataSourceType.MySQL,
                Region = "shanghai",
                Host = "127.0.0.1",
                User = "root",
            },
            SourceSession = Server.SessionOptions(),
            DestinationSession = Server.SessionOptions(),
            Tables = await PairsAsync(connection),
            Mark = mark,
            Progress = new LinkProgress(),
            Ddl = new DdlNotes(new HashSet<string>(), static _ => { }, static _ => { }, static _ => { }, static _ => { }),
        };
    }

    /// <summary>Copies all tables.</summary>
    public async Task<LinkProgress> CopyAsync(ExistingRecords existing = ExistingRecords.Stop, ImportOptions? options = null)
    {
        var context = await StartLinkAsync(existing);
        await new FullMigration(options ?? Tiny).RunAsync(context, default);
        return context.Progress;
    }

    /// <summary>Asserts that a table is the same on both sides, by the server's own comparison of every column's bytes.</summary>
    public async Task AssertEqualAsync(string table)
    {
        var columns = (
            await Server.SqlAsync(
                $"SELECT column_name FROM information_schema.columns WHERE table_schema = '{Source}' AND table_name = '{table}'"
            )
        )
            .Select(r => $"`{r[0]}`")
            .ToList();
        var condition = string.Join(" AND ", columns.Select(c => $"CAST(a.{c} AS BINARY) <=> CAST(b.{c} AS BINARY)"));
        var rows = await Server.ScalarAsync($"SELECT COUNT(*) FROM {Source}.{table}");
        Assert.Equal(rows, await Server.ScalarAsync($"SELECT COUNT(*) FROM {Destination}.{table}"));
        Assert.Equal(
            rows,
            await Server.ScalarAsync(
                $"SELECT COUNT(*) FROM {Source}.{table} a WHERE EXISTS (SELECT 1 FROM {Destination}.{table} b WHERE {condition})"
            )
        );
    }

    private const string Mode = "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'; SET SESSION time_zone = '+00:00'; ";

    private async Task<IReadOnlyList<TablePair>> PairsAsync(RowSession connection)
    {
        var sources = await SchemaReader.ReadAsync(connection, [Source], default);
        var destinations = await SchemaReader.ReadAsync(connection, [Destination], default);
        return [.. sources.Select(s => new TablePair(s, destinations.Single(d => d.Name.Table == s.Name.Table)))];
    }
}
