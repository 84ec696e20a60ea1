using System.Globalization;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

public sealed class RestartTests
{
    private const int Workers = 8;

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Sessions_survive_crashes_and_restarts_of_their_server_under_load(ServerFlavourName flavour)
    {
        await using var server = await TestServer.StartAsync(flavour);
        await server.SqlAsync("CREATE DATABASE load_; CREATE TABLE load_.done (worker INT, i INT, PRIMARY KEY (worker, i))");
        await using var load = new Load(server.SessionOptions("load_") with { ConnectionTimeout = 30 });
        await load.ReachAsync(300);
        foreach (var crash in new[] { true, false, true })
        {
            load.Pause();
            if (crash)
                await server.KillAsync();
            await server.RestartAsync();
            load.Resume();
            await load.ReachAsync(300);
        }
        var confirmed = await load.StopAsync();
        Assert.True(load.Interruptions > 0, "No worker has noticed anything.");

        // What was confirmed is there.
        var rows = (await server.SqlAsync("SELECT worker, i FROM done", "load_"))
            .Select(r => (int.Parse(r[0]!, CultureInfo.InvariantCulture), int.Parse(r[1]!, CultureInfo.InvariantCulture)))
            .ToHashSet();
        Assert.Subset(rows, confirmed.ToHashSet());
    }

    /// <summary>Workers that open a session, do work whose every result they check, and close it, again and again; one that fails goes
    /// on once the server is back.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly SessionOptions _options;
        private readonly CancellationTokenSource _end = new();
        private readonly List<(int, int)> _confirmed = [];
        private readonly Task[] _workers;
        private TaskCompletionSource _serverIsBack = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _goal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = int.MaxValue;

        public Load(SessionOptions options)
        {
            _options = options;
            _serverIsBack.SetResult();
            _workers = [.. Enumerable.Range(0, Workers).Select(w => Task.Run(() => WorkAsync(w)))];
        }

        public int Interruptions { get; private set; }

        public void Pause()
        {
            lock (_confirmed)
                _serverIsBack = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public void Resume() => _serverIsBack.SetResult();

        /// <summary>Waits until so many more pieces of work are done.</summary>
        public async Task ReachAsync(int count)
        {
            lock (_confirmed)
                (_left, _goal) = (count, new(TaskCreationOptions.RunContinuationsAsynchronously));
            // A worker whose check fails ends, and says so at once.
            var ended = Task.WhenAny(_workers);
            if (await Task.WhenAny(_goal.Task, ended).WaitAsync(TimeSpan.FromSeconds(90)) == ended)
                await await ended;
        }

        public async Task<List<(int, int)>> StopAsync()
        {
            await _end.CancelAsync();
            await Task.WhenAll(_workers);
            return _confirmed;
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await Task.WhenAny(Task.WhenAll(_workers));
            _end.Dispose();
        }

        private async Task WorkAsync(int worker)
        {
            for (var i = 0; !_end.IsCancellationRequested; i++)
            {
                try
                {
                    await DoAsync(worker, i);
                }
                catch (MySqlException error)
                {
                    // Lost, refused, or shutting down; whatever else the server says would be an answer to another question.
                    Assert.True(error.IsTransient, error.ToString());
                    Task back;
                    lock (_confirmed)
                        (Interruptions, back) = (Interruptions + 1, _serverIsBack.Task);
                    await back;
                    continue;
                }
                lock (_confirmed)
                {
                    _confirmed.Add((worker, i));
                    if (--_left == 0)
                        _goal.SetResult();
                }
            }
        }

        private async Task DoAsync(int worker, int i)
        {
            await using var session = new RowSession(_options);
            await session.OpenAsync();
            Assert.Equal($"{worker}|{i}", await session.TextAsync($"SELECT {worker}, {i}"));
            await session.ExecuteAsync("BEGIN");
            Assert.Equal(1, await session.ExecuteAsync($"INSERT INTO done VALUES ({worker}, {i})"));
            await session.ExecuteAsync("COMMIT");
        }
    }
}
