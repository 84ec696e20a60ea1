using Oms.Applying;
using Oms.Changes;

namespace Oms.Engine.Tests.Scheduling;

/// <summary>
/// A destination whose appliers write nothing and note what happens to each batch, by the batch's name: it stands in
/// <see cref="ChangeBatch.Origin"/>.
/// </summary>
internal sealed class FakeDestination
{
    private readonly Lock _lock = new();
    private readonly List<string> _happened = [];
    private readonly Dictionary<string, TaskCompletionSource> _held = [];
    private TaskCompletionSource _more = New();

    /// <summary>Batches that can't be written beside others.</summary>
    public HashSet<string> GoesWrong { get; } = [];

    /// <summary>Batches that can't be written alone either.</summary>
    public Dictionary<string, Exception> Fails { get; } = [];

    /// <summary>What has happened, in order: "a begins", "a commits", "a is rolled back", "a begins alone", "a commits alone" and so
    /// on.</summary>
    public IReadOnlyList<string> Happened
    {
        get
        {
            lock (_lock)
                return [.. _happened];
        }
    }

    public IEnumerable<string> Commits =>
        Happened.Where(h => h.Contains(" commits", StringComparison.Ordinal)).Select(h => h.Split(' ')[0]);

    /// <summary>The number behind which each batch was applied.</summary>
    public Dictionary<string, long> Sequences { get; } = [];

    /// <summary>The batches of which keys were put off.</summary>
    public HashSet<string> HadPutOff { get; } = [];

    public int Closed { get; private set; }

    /// <summary>The work on a batch goes no further than its beginning until it is released.</summary>
    public TaskCompletionSource Hold(string batch) => _held[batch] = New();

    public IReadOnlyList<IBatchApplier> Appliers(int count) => [.. Enumerable.Range(0, count).Select(i => new Applier(this, i))];

    public async Task HappensAsync(string what)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (_happened.Contains(what))
                    return;
                more = _more.Task;
            }
            await more.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private void Happens(string what)
    {
        TaskCompletionSource more;
        lock (_lock)
        {
            _happened.Add(what);
            (more, _more) = (_more, New());
        }
        more.SetResult();
    }

    private Task HeldAsync(string batch, CancellationToken cancellationToken) =>
        _held.TryGetValue(batch, out var hold) ? hold.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Applier(FakeDestination destination, int number) : IBatchApplier
    {
        public long SessionId => 100 + number;

        public async Task<bool> TryApplyInTurnAsync(BatchInFlight flight, CancellationToken cancellationToken)
        {
            var name = flight.Batch.Origin!;
            lock (destination._lock)
            {
                destination.Sequences[name] = flight.Sequence;
                if (flight.HasPutOff)
                    destination.HadPutOff.Add(name);
            }
            destination.Happens($"{name} begins");
            await destination.HeldAsync(name, cancellationToken);
            if (!destination.GoesWrong.Contains(name) && await flight.IsTurnAsync(cancellationToken))
            {
                destination.Happens($"{name} commits");
                return true;
            }
            destination.Happens($"{name} is rolled back");
            return false;
        }

        public Task ApplyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken) =>
            ApplyAsync(batch, sequence, "alone", cancellationToken);

        public Task ApplyCarefullyAsync(ChangeBatch batch, long sequence, CancellationToken cancellationToken) =>
            ApplyAsync(batch, sequence, "carefully", cancellationToken);

        private async Task ApplyAsync(ChangeBatch batch, long sequence, string how, CancellationToken cancellationToken)
        {
            var name = batch.Origin!;
            lock (destination._lock)
                destination.Sequences[name] = sequence;
            destination.Happens($"{name} begins {how}");
            await destination.HeldAsync($"{name} {how}", cancellationToken);
            if (destination.Fails.TryGetValue(name, out var error))
                throw error;
            destination.Happens($"{name} commits {how}");
        }

        public ValueTask DisposeAsync()
        {
            destination.Closed++;
            return ValueTask.CompletedTask;
        }
    }
}
