using FsCheck;
using FsCheck.Xunit;
using Oms.Changes;
using Oms.Monitoring;
using Oms.MySql.Binlog;
using Oms.Scheduling;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Scheduling;

/// <summary>In what order batches are written and committed, whichever way each of them goes.</summary>
public sealed class SchedulerTests : IAsyncLifetime, IDisposable
{
    private readonly FakeDestination _destination = new();
    private readonly WorkInHand _work = new(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(string Batch, bool IsLast)> _told = [];
    private Scheduler? _started;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_started is not null)
            await _started.DisposeAsync();
        _started = null;
    }

    public void Dispose() => _stop.Dispose();

    private Scheduler Scheduler => _started!;

    private void Start(int appliers, long sequence = 0) =>
        _started = new Scheduler(_destination.Appliers(appliers), _work, sequence, _stop.Token);

    private Task AddAsync(ChangeBatch batch) => Scheduler.AddAsync(batch, isLast => _told.Add((batch.Origin!, isLast)));

    /// <summary>A batch that inserts a row of its own.</summary>
    private static ChangeBatch Named(string name, string? id = null)
    {
        var batch = Batch((RowsKind.Insert, null, Row(id ?? $"{name[0] - 'a'}", name, null)));
        batch.Origin = name;
        return batch;
    }

    private static ChangeBatch Part(string name, bool goesOn)
    {
        var batch = Named(name);
        (batch.EndsInTransaction, batch.Transactions) = (goesOn, goesOn ? 0 : 1);
        return batch;
    }

    private static ChangeBatch WithoutChanges(string name) => new() { Origin = name, Skipped = 3 };

    [Fact]
    public async Task Consecutive_batches_are_written_beside_each_other_and_committed_in_the_sources_order()
    {
        Start(3, sequence: 40);
        var a = _destination.Hold("a");
        foreach (var name in (string[])["a", "b", "c"])
            await AddAsync(Named(name));
        foreach (var name in (string[])["a", "b", "c"])
            await _destination.HappensAsync($"{name} begins");
        Assert.Empty(_destination.Commits);

        a.SetResult();
        await Scheduler.DrainAsync();

        Assert.Equal(["a", "b", "c"], _destination.Commits);
        Assert.Equal([("a", false), ("b", false), ("c", true)], _told);
        Assert.Equal([40, 41, 42], _destination.Sequences.OrderBy(s => s.Key).Select(s => s.Value));
        Assert.Equal(43, Scheduler.Sequence);
    }

    [Fact]
    public async Task A_batch_waits_for_an_applier_that_has_nothing_to_do()
    {
        Start(2);
        var a = _destination.Hold("a");
        await AddAsync(Named("a"));
        await AddAsync(Named("b"));

        var third = AddAsync(Named("c"));
        await _destination.HappensAsync("b begins");
        Assert.False(third.IsCompleted);

        a.SetResult();
        await third;
        await Scheduler.DrainAsync();
        Assert.Equal(["a", "b", "c"], _destination.Commits);
    }

    [Fact]
    public async Task What_a_batch_under_way_touches_too_is_put_off()
    {
        Start(3);
        var a = _destination.Hold("a");
        await AddAsync(Named("a", id: "7"));
        await AddAsync(Named("b", id: "8"));
        // Another key of it is free.
        var third = Batch((RowsKind.Insert, null, Row("7", "c", null)), (RowsKind.Insert, null, Row("9", "c", null)));
        third.Origin = "c";
        await AddAsync(third);
        a.SetResult();
        await Scheduler.DrainAsync();
        await AddAsync(Named("d", id: "7"));
        await Scheduler.DrainAsync();

        Assert.Equal(["c"], _destination.HadPutOff);
    }

    [Fact]
    public async Task A_batch_that_goes_wrong_is_applied_alone_after_those_behind_it_are_rolled_back()
    {
        Start(3);
        _destination.GoesWrong.Add("b");
        var a = _destination.Hold("a");
        foreach (var name in (string[])["a", "b", "c"])
            await AddAsync(Named(name));
        await _destination.HappensAsync("b is rolled back");
        await _destination.HappensAsync("c begins");
        a.SetResult();
        await Scheduler.DrainAsync();

        Assert.Equal(
            ["a commits", "c is rolled back", "b begins alone", "b commits alone", "c begins alone", "c commits alone"],
            _destination.Happened.SkipWhile(h => h != "a commits")
        );
        Assert.Equal((1, 2), (_destination.Sequences["b"], _destination.Sequences["c"]));
        Assert.Equal([("a", false), ("b", false), ("c", true)], _told);
    }

    [Fact]
    public async Task While_a_batch_is_applied_alone_no_other_begins()
    {
        Start(2);
        _destination.GoesWrong.Add("a");
        var alone = _destination.Hold("a alone");
        await AddAsync(Named("a"));
        await _destination.HappensAsync("a begins alone");

        var behind = AddAsync(Named("b"));
        Assert.False(behind.IsCompleted);
        alone.SetResult();
        await behind;
        await Scheduler.DrainAsync();

        Assert.Equal(["a begins", "a is rolled back", "a begins alone", "a commits alone", "b begins", "b commits"], _destination.Happened);
    }

    [Fact]
    public async Task Nothing_behind_a_batch_that_fails_is_committed_and_the_failure_is_the_reason_of_all()
    {
        Start(3);
        var reason = new InvalidOperationException("b is wrong");
        _destination.GoesWrong.Add("b");
        _destination.Fails["b"] = reason;
        var a = _destination.Hold("a");
        foreach (var name in (string[])["a", "b", "c"])
            await AddAsync(Named(name));
        a.SetResult();

        Assert.Same(reason, await Assert.ThrowsAsync<InvalidOperationException>(Scheduler.DrainAsync));
        Assert.True(Scheduler.Stopped.IsCancellationRequested);
        Assert.Same(reason, Assert.Throws<InvalidOperationException>(Scheduler.ThrowIfFailed));
        await Assert.ThrowsAnyAsync<Exception>(() => AddAsync(Named("d")));
        await DisposeAsync();
        Assert.Equal(["a"], _destination.Commits);
        Assert.Equal([("a", false)], _told);
    }

    [Fact]
    public async Task A_batch_of_which_nobody_can_be_told_stops_all_too()
    {
        Start(2);
        var a = _destination.Hold("a");
        await Scheduler.AddAsync(Named("a"), _ => throw new InvalidOperationException("not told"));
        await AddAsync(Named("b"));
        a.SetResult();

        await Assert.ThrowsAsync<InvalidOperationException>(Scheduler.DrainAsync);
        await DisposeAsync();
        Assert.Equal(["a"], _destination.Commits);
    }

    [Fact]
    public async Task What_is_under_way_ends_without_a_commit_when_the_link_is_stopped()
    {
        Start(2);
        _destination.Hold("a");
        await AddAsync(Named("a"));
        await AddAsync(Named("b"));
        var third = AddAsync(Named("c"));
        await _destination.HappensAsync("b begins");

        await _stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(Scheduler.DrainAsync);
        await DisposeAsync();
        Assert.Empty(_destination.Commits);
        Assert.Equal(2, _destination.Closed);
        Assert.Null(_work.Oldest);
    }

    [Fact]
    public async Task The_parts_of_a_large_transaction_come_alone_behind_all_before_and_the_next_batches_beside_each_other_again()
    {
        Start(2);
        var a = _destination.Hold("a");
        await AddAsync(Named("a"));
        var first = AddAsync(Part("b", goesOn: true));
        await _destination.HappensAsync("a begins");
        Assert.False(first.IsCompleted);
        a.SetResult();
        await first;
        await AddAsync(Part("c", goesOn: true));
        await AddAsync(Part("d", goesOn: false));
        var e = _destination.Hold("e");
        await AddAsync(Named("e"));
        await AddAsync(Named("f"));
        await _destination.HappensAsync("f begins");
        e.SetResult();
        await Scheduler.DrainAsync();

        Assert.Equal(
            ["a commits", "b begins alone", "b commits alone", "c begins alone", "c commits alone", "d begins alone", "d commits alone"],
            _destination.Happened.Skip(1).Take(7)
        );
        // A transaction that goes on over several batches is counted with its last.
        Assert.Equal([0, 1, 1, 1, 2, 3], _destination.Sequences.OrderBy(s => s.Key).Select(s => s.Value));
        Assert.Equal([true, true, true, true, false, true], _told.Select(t => t.IsLast));
    }

    [Fact]
    public async Task A_careful_batch_comes_alone_as_well()
    {
        Start(2);
        var a = _destination.Hold("a");
        await AddAsync(Named("a"));
        var careful = Scheduler.ApplyCarefullyAsync(Named("b"));
        await _destination.HappensAsync("a begins");
        Assert.False(careful.IsCompleted);
        a.SetResult();
        await careful;

        Assert.Equal(["a begins", "a commits", "b begins carefully", "b commits carefully"], _destination.Happened);
        Assert.Equal((1, 2), (_destination.Sequences["b"], Scheduler.Sequence));
    }

    [Fact]
    public async Task The_last_part_of_a_large_transaction_that_comes_carefully_ends_it()
    {
        Start(2);
        await AddAsync(Part("a", goesOn: true));
        await Scheduler.ApplyCarefullyAsync(Part("b", goesOn: false));
        await AddAsync(Named("c"));
        await Scheduler.DrainAsync();

        Assert.Equal("c commits", _destination.Happened[^1]);
    }

    [Fact]
    public async Task A_batch_without_changes_takes_no_applier_and_is_told_in_its_turn()
    {
        Start(1);
        var a = _destination.Hold("a");
        await AddAsync(Named("a"));
        await AddAsync(WithoutChanges("b"));
        await _destination.HappensAsync("a begins");
        Assert.Empty(_told);

        a.SetResult();
        await Scheduler.DrainAsync();
        Assert.Equal([("a", false), ("b", true)], _told);
        Assert.Equal(["a"], _destination.Commits);
    }

    [Fact]
    public async Task A_batch_without_changes_is_written_when_it_is_a_checkpoint()
    {
        Start(1);
        var batch = WithoutChanges("a");
        batch.IsCheckpoint = true;
        await AddAsync(batch);
        await Scheduler.DrainAsync();

        Assert.Equal(["a"], _destination.Commits);
    }

    [Fact]
    public async Task A_batch_without_changes_does_not_hold_up_one_that_is_applied_alone()
    {
        Start(1);
        _destination.GoesWrong.Add("a");
        var a = _destination.Hold("a");
        await AddAsync(Named("a"));
        await AddAsync(WithoutChanges("b"));
        a.SetResult();
        await Scheduler.DrainAsync();

        Assert.Equal([("a", false), ("b", true)], _told);
    }

    [Fact]
    public async Task The_work_in_hand_tells_what_is_written_and_by_which_session()
    {
        Start(1);
        var a = _destination.Hold("a");
        await AddAsync(Named("a"));
        await _destination.HappensAsync("a begins");
        Assert.Equal(("changes of d.t", 100L), (_work.Oldest?.What, _work.Oldest?.Session));

        a.SetResult();
        await Scheduler.DrainAsync();
        var part = _destination.Hold("b alone");
        var adding = AddAsync(Part("b", goesOn: true));
        await _destination.HappensAsync("b begins alone");
        Assert.Equal(100L, _work.Oldest?.Session);
        part.SetResult();
        await adding;

        var careful = _destination.Hold("c carefully");
        adding = Scheduler.ApplyCarefullyAsync(Part("c", goesOn: false));
        await _destination.HappensAsync("c begins carefully");
        Assert.Equal(100L, _work.Oldest?.Session);
        careful.SetResult();
        await adding;
        Assert.Null(_work.Oldest);
    }

    [Property(MaxTest = 100)]
    public async Task Whatever_goes_wrong_beside_others_every_batch_is_committed_once_and_in_order(
        bool[] goesWrong,
        bool[] hasChanges,
        PositiveInt appliers
    )
    {
        var destination = new FakeDestination();
        var names = goesWrong.Select((_, i) => $"{(char)('a' + i % 26)}{i}").ToList();
        destination.GoesWrong.UnionWith(names.Where((_, i) => goesWrong[i]));
        bool Has(int i) => i >= hasChanges.Length || hasChanges[i];
        var told = new List<string>();
        await using var scheduler = new Scheduler(destination.Appliers(1 + appliers.Get % 4), _work, 0, _stop.Token);
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i];
            await scheduler.AddAsync(Has(i) ? Named(name, id: $"{i % 3}") : WithoutChanges(name), _ => told.Add(name));
        }
        await scheduler.DrainAsync();

        Assert.Equal(names, told);
        Assert.Equal(names.Where((_, i) => Has(i)), destination.Commits);
        Assert.Equal(names.Where((_, i) => Has(i)).Count(), scheduler.Sequence);
    }
}
