using Dapper;
using Microsoft.Data.Sqlite;
using Oms.Metadata;
using Xunit;

namespace Oms.Engine.Tests.Metadata;

public sealed class MetadataStoreTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(30);
    private readonly TempHome _home = new();
    private readonly SettableTime _time = new();
    private readonly MetadataStore _store;

    public MetadataStoreTests()
    {
        _store = MetadataStore.Open(_home.Path, _time);
        _store.Write(s =>
            s.Insert(
                new Project
                {
                    Name = "p",
                    Source = "a",
                    Destination = "b",
                }
            )
        );
    }

    public void Dispose()
    {
        _store.Dispose();
        _home.Dispose();
    }

    [Fact]
    public void The_directory_and_every_file_in_it_are_the_owners_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        KeyFile.Create(_home.Path);
        _store.SetValue("p", "k", "v");
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(_home.Path));
        var files = Directory.GetFiles(_home.Path);
        Assert.Contains(files, f => f.EndsWith("-wal", StringComparison.Ordinal));
        foreach (var file in files)
            Assert.Equal(Owner, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_new_directory_is_made_for_the_owner_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        var nested = Path.Combine(_home.Path, "a", "b");
        using var store = MetadataStore.Open(nested);
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(nested));
    }

    [Fact]
    public void A_directory_that_others_use_is_refused_and_left_as_it_is()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var shared = new TempHome();
        File.WriteAllText(Path.Combine(shared.Path, "something"), "");
        var open = Owner | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(shared.Path, open);
        Assert.Equal("HomeNotUsable", Assert.Throws<OmsException>(() => MetadataStore.Open(shared.Path)).Id);
        Assert.Equal(open, File.GetUnixFileMode(shared.Path));
    }

    [Fact]
    public void Metadata_of_a_later_release_is_refused()
    {
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_home.Path, "oms.db")}"))
            connection.Execute("INSERT INTO schema_version (version) VALUES (999)");
        Assert.Equal("MetadataTooNew", Assert.Throws<OmsException>(() => MetadataStore.Open(_home.Path)).Id);
    }

    [Fact]
    public void A_status_comes_back_as_it_was_written()
    {
        Assert.Null(_store.ReadStatus("p"));
        var status = new LinkStatus
        {
            Project = "p",
            State = ProjectState.Running,
            Step = LinkStep.FullMigration,
            SchemaMigrationCompleted = true,
            LatencySeconds = 0.25,
            AppliedPosition = "binlog.000001:4",
            LeftOut = ["shop.log: no unique key"],
            ConflictsByKind = new Dictionary<string, long> { [nameof(ConflictKind.UpdateChanged)] = 3 },
            Error = "2026-01-02T03:04:05Z",
            Updated = DateTimeOffset.UtcNow,
            StoppedDdl = new StoppedDdl("binlog.000001:4", "DROP DATABASE shop", "not understood"),
            SkippedDdl = [new SkippedDdl("binlog.000001:4", "x", "y", "someone", DateTimeOffset.UtcNow)],
            PassedDdl = [new PassedDdl("binlog.000001:8", "TRUNCATE t", "it empties shop.t", DateTimeOffset.UtcNow)],
        };
        _store.WriteStatus(status);
        _store.WriteStatus(status with { RowsCopied = 5 });
        var read = _store.ReadStatus("P")!;
        Assert.Equal(status.LeftOut, read.LeftOut);
        Assert.Equal(status.SkippedDdl, read.SkippedDdl);
        Assert.Equal(status.PassedDdl, read.PassedDdl);
        Assert.Equal(status.ConflictsByKind, read.ConflictsByKind);
        Assert.Equal(
            status with
            {
                RowsCopied = 5,
                LeftOut = [],
                SkippedDdl = [],
                PassedDdl = [],
            },
            read with
            {
                LeftOut = [],
                SkippedDdl = [],
                PassedDdl = [],
                InconsistentTables = status.InconsistentTables,
                ConflictsByKind = status.ConflictsByKind,
            }
        );
    }

    [Fact]
    public void Nothing_is_kept_for_a_project_that_is_not_there()
    {
        Assert.Equal("ProjectNotFound", Assert.Throws<OmsException>(() => _store.WriteStatus(new LinkStatus { Project = "q" })).Id);
        Assert.Equal("ProjectNotFound", Assert.Throws<OmsException>(() => _store.SetValue("q", "k", "v")).Id);
        Assert.Equal("ProjectNotFound", Assert.Throws<OmsException>(() => _store.RequestStop("q")).Id);
        Assert.Equal("ProjectNotFound", Assert.Throws<OmsException>(() => _store.TryTakeLease("q", "h", 1, "t", s_ttl, out _)).Id);
    }

    [Fact]
    public void All_that_is_kept_of_a_project_goes_with_it()
    {
        _store.WriteStatus(new LinkStatus { Project = "p" });
        _store.SetValue("p", "k", "v");
        _store.RequestStop("p");
        Take("t");
        _store.Write(s => s.DeleteProject("p"));
        Assert.Null(_store.ReadStatus("p"));
        Assert.Null(_store.GetValue("p", "k"));
        Assert.False(_store.IsStopRequested("p"));
        Assert.Null(_store.FindLiveLease("p"));
    }

    [Fact]
    public void A_value_is_replaced_and_removed()
    {
        _store.SetValue("p", "k", "1");
        _store.SetValue("p", "k", "2");
        Assert.Equal("2", _store.GetValue("p", "k"));
        _store.SetValue("p", "k", null);
        Assert.Null(_store.GetValue("p", "k"));
    }

    [Fact]
    public void A_lease_has_one_holder_and_names_it()
    {
        Assert.True(Take("first"));
        Assert.False(_store.TryTakeLease("p", "elsewhere", 7, "second", s_ttl, out var holder));
        Assert.Equal((Environment.MachineName, Environment.ProcessId, "first"), (holder!.Host, holder.ProcessId, holder.Token));
        Assert.True(Take("first"));
        Assert.False(_store.RenewLease("p", "second"));
        _store.ReleaseLease("p", "second");
        Assert.True(_store.RenewLease("p", "first"));
        _store.ReleaseLease("p", "first");
        Assert.True(Take("second"));
    }

    [Fact]
    public void An_expired_lease_may_be_taken_and_a_renewed_one_not()
    {
        Take("first");
        _time.Advance(s_ttl - TimeSpan.FromSeconds(1));
        Assert.True(_store.RenewLease("p", "first"));
        _time.Advance(s_ttl - TimeSpan.FromSeconds(1));
        Assert.False(Take("second"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_store.FindLiveLease("p"));
        Assert.True(Take("second"));
        Assert.False(_store.RenewLease("p", "first"));
    }

    [Fact]
    public void A_lease_of_another_host_is_judged_by_its_expiry_only()
    {
        Assert.True(_store.TryTakeLease("p", "elsewhere", int.MaxValue, "first", s_ttl, out _));
        Assert.False(Take("second"));
    }

    [Fact]
    public void A_lease_of_a_process_with_the_same_id_but_another_start_may_be_taken()
    {
        Take("first");
        _store.Write(s => s.Connection.Execute("UPDATE link_lease SET process_start = 'another boot'"));
        Assert.True(Take("second"));
    }

    [Fact]
    public async Task A_lease_of_a_killed_process_may_be_taken_at_once()
    {
        using var other = OtherProcess.Start("lease", _home.Path, "first");
        var answer = new char[4];
        await other.StandardOutput.ReadBlockAsync(answer);
        Assert.Equal("True", new string(answer));
        Assert.False(Take("second"));
        other.Kill();
        await other.WaitForExitAsync();
        Assert.True(Take("second"));
    }

    [Fact]
    public void A_stop_request_holds_until_the_link_is_started_again()
    {
        Take("first");
        Assert.False(_store.IsStopRequested("p"));
        _store.RequestStop("p");
        _store.RequestStop("p");
        Assert.True(_store.IsStopRequested("p"));
        Take("first");
        Assert.False(_store.IsStopRequested("p"));
    }

    [Fact]
    public async Task Several_processes_write_at_once_and_nothing_is_lost()
    {
        using var fresh = new TempHome();
        using (var store = MetadataStore.Open(fresh.Path))
            store.Write(s =>
                s.Insert(
                    new Project
                    {
                        Name = "p",
                        Source = "a",
                        Destination = "b",
                    }
                )
            );
        var others = Enumerable.Range(0, 4).Select(n => OtherProcess.Start("values", fresh.Path, $"{n}", "50")).ToList();
        foreach (var other in others)
        {
            await other.WaitForExitAsync();
            Assert.Equal(0, other.ExitCode);
            other.Dispose();
        }

        using var after = MetadataStore.Open(fresh.Path);
        Assert.Equal(200, after.Read(s => s.Connection.ExecuteScalar<long>("SELECT count(*) FROM project_value")));
    }

    [Fact]
    public async Task Several_processes_that_open_a_new_home_at_once_agree_on_one_key()
    {
        using var fresh = new TempHome();
        var others = Enumerable.Range(0, 4).Select(_ => OtherProcess.Start("key", fresh.Path)).ToList();
        var keys = new HashSet<string>();
        foreach (var other in others)
        {
            keys.Add(await other.StandardOutput.ReadToEndAsync());
            await other.WaitForExitAsync();
            Assert.Equal(0, other.ExitCode);
            other.Dispose();
        }

        Assert.Equal(64, Assert.Single(keys).Length);
        Assert.DoesNotContain(Directory.GetFiles(fresh.Path), f => f.Contains("oms.key.", StringComparison.Ordinal));
    }

    private bool Take(string token) => _store.TryTakeLease("p", Environment.MachineName, Environment.ProcessId, token, s_ttl, out _);

    private sealed class SettableTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }
}
