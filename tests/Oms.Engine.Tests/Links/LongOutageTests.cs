using System.Net;
using System.Net.Sockets;
using Oms.Context;
using Oms.Links;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.MySql.Tests;
using Oms.Store;

namespace Oms.Engine.Tests.Links;

/// <summary>A region that is away for hours ends no link.</summary>
public sealed class LongOutageTests : IDisposable
{
    private const int Attempts = 1000;

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(1));
    private readonly LogStore _store;

    public LongOutageTests() => _store = LogStore.Open(_directory);

    public void Dispose()
    {
        _store.Dispose();
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static BinlogPosition Start { get; } = new("b.000001", 4);

    [Fact]
    public async Task A_destination_that_is_away_is_tried_until_it_is_back()
    {
        using var history = SchemaHistory.Open(Path.Combine(_directory, "schema.history"));
        var sync = new IncrementalSynchronization(Context(), _store, history);
        var run = sync.RunAsync(new TxnMark.Checkpoint(0, Start, null), _stop.Token);

        await PassAsync(run, TimeSpan.FromSeconds(5));

        AssertAttempts(sync.Outage.Text);
        await EndAsync(run);
    }

    [Fact]
    public async Task A_source_that_is_away_is_tried_until_it_is_back()
    {
        var puller = new LogPuller(_store, Unreachable(), "forward", null, _time);
        var run = puller.RunAsync(Start, _stop.Token);

        await PassAsync(run, TimeSpan.FromSeconds(30));

        AssertAttempts(puller.Connection.Text);
        await EndAsync(run);
    }

    /// <summary>Lets so many attempts fail; each is followed by a wait.</summary>
    private async Task PassAsync(Task run, TimeSpan wait)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var waits = _time.WaitForTimerAsync(_stop.Token);
            if (await Task.WhenAny(run, waits) == run)
                await run;
            if (attempt < Attempts)
                _time.Advance(wait);
        }
    }

    /// <summary>An attempt after a random wait of less than the clock's unit has set no timer.</summary>
    private static void AssertAttempts(string? text)
    {
        var words = text!.Split(' ');
        Assert.InRange(
            int.Parse(
                words[Array.FindIndex(words, w => w.StartsWith("attempts", StringComparison.Ordinal)) - 1],
                System.Globalization.CultureInfo.InvariantCulture
            ),
            Attempts,
            Attempts * 11 / 10
        );
    }

    private async Task EndAsync(Task run)
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private LinkContext Context()
    {
        var server = new DataSource
        {
            Name = "south",
            Region = "south",
            Type = DataSourceType.MariaDB,
            Host = "127.0.0.1",
            User = "u",
        };
        return new LinkContext
        {
            Project = new Project
            {
                Name = "forward",
                Source = "north",
                Destination = "south",
                Objects = ["shop.*"],
            },
            Source = server with { Name = "north", Region = "north" },
            Destination = server,
            SourceSession = Unreachable(),
            DestinationSession = Unreachable(),
            Tables = [],
            Mark = new TxnMark("forward", "north"),
            Progress = new LinkProgress(),
            Ddl = new DdlNotes(new HashSet<string>(), _ => { }, _ => { }, _ => { }, _ => { }),
            Time = _time,
        };
    }

    /// <summary>A port on which nobody listens.</summary>
    private static SessionOptions Unreachable()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return new SessionOptions($"Server=127.0.0.1;Port={((IPEndPoint)free.LocalEndpoint).Port};User ID=u;Password=p");
    }
}
