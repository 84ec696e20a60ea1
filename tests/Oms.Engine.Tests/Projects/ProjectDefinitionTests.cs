using Oms.Metadata;
using Xunit;

namespace Oms.Engine.Tests.Projects;

public sealed class ProjectDefinitionTests : IDisposable
{
    private readonly TempHome _home = new();
    private readonly OmsEngine _engine;

    public ProjectDefinitionTests()
    {
        _engine = OmsEngine.Open(_home.Path);
        Add("beijing", "cn-beijing", "10.0.0.1");
        Add("shanghai", "cn-shanghai", "10.0.0.2");
        Add("beijing2", "cn-beijing", "10.0.0.3");
        Add("beijing-reader", "cn-west", "10.0.0.1", user: "reader");
        Add("maria", "cn-maria", "10.0.0.4", type: DataSourceType.MariaDB);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _home.Dispose();
    }

    private static Project Forward =>
        new()
        {
            Name = "orders",
            Scenario = Scenario.ActiveActive,
            Source = "beijing",
            Destination = "shanghai",
            Objects = ["shop.*"],
        };

    [Fact]
    public void What_becomes_of_DDL_and_of_collations_is_kept_and_collations_are_mapped_one_way_only()
    {
        var mapping = new Dictionary<string, string> { ["utf8mb4_0900_ai_ci"] = "utf8mb4_uca1400_ai_ci" };
        Assert.Equal((UnsynchronizedDdl.Stop, ViewDdlChoice.Synchronize), (Forward.UnsynchronizedDdl, Forward.ViewDdl));
        _engine.AddProject(
            Forward with
            {
                Scenario = Scenario.DataMigration,
                CollationMappings = mapping,
                UnsynchronizedDdl = UnsynchronizedDdl.Warn,
                ViewDdl = ViewDdlChoice.PassOver,
            }
        );
        var read = _engine.GetProject("orders");
        Assert.Equal((UnsynchronizedDdl.Warn, ViewDdlChoice.PassOver), (read.UnsynchronizedDdl, read.ViewDdl));
        Assert.Equal(mapping, read.CollationMappings);
        Assert.Equal(
            "CharsetMappingInvalid",
            Assert.Throws<OmsException>(() => _engine.AddProject(Forward with { Name = "both", CollationMappings = mapping })).Id
        );
    }

    [Fact]
    public void A_project_comes_back_as_it_was_added_with_its_defaults()
    {
        var added = _engine.AddProject(
            Forward with
            {
                Source = "BEIJING",
                Exclude = ["shop.log"],
                Full = new FullMigrationOptions { Speed = ConcurrencySpeed.Fast },
            }
        );
        var read = _engine.GetProject("Orders");
        Assert.Equal(
            ("beijing", "cn-beijing", ConcurrencySpeed.Fast, 168),
            (read.Source, read.PriorityRegion, read.Full.Speed, read.StoreRetentionHours)
        );
        Assert.Equal(["shop.*"], read.Objects);
        Assert.Equal(["shop.log"], read.Exclude);
        Assert.Equal((added.Types, added.Created), (read.Types, read.Created));
        Assert.NotEqual(default, read.Created);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("my orders", "space")]
    [InlineData("my\torders", "space")]
    [InlineData("a2345678901234567890123456789012345678901234567890123456789012345", "65 characters; 64 are allowed")]
    [InlineData("../orders", "special character /")]
    [InlineData("orders*", "special character *")]
    [InlineData("..", "begins with .")]
    [InlineData(".hidden", "begins with .")]
    [InlineData("-Force", "begins with -")]
    [InlineData("orders.", "ends with a dot")]
    [InlineData("nul.v1", "device")]
    [InlineData("a$$b", "special character $")]
    [InlineData("$env:HOME", "special character $")]
    [InlineData("a&b", "special character &")]
    [InlineData("a(b)", "special character (")]
    [InlineData("a{b}", "special character {")]
    [InlineData("a,b", "special character ,")]
    [InlineData("a=b", "special character =")]
    [InlineData("a@b", "special character @")]
    [InlineData("a%b", "special character %")]
    [InlineData("a#b", "special character #")]
    [InlineData("a\u200bb", "special character")]
    public void A_name_that_breaks_a_rule_is_refused_and_the_rule_is_named(string name, string rule)
    {
        var error = Refused("ProjectNameInvalid", Forward with { Name = name });
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("订单-1.v2")]
    public void A_name_of_64_characters_and_of_any_script_is_taken(string name) =>
        Assert.Equal(name, _engine.AddProject(Forward with { Name = name }).Name);

    public static TheoryData<string, Project> Refusals =>
        new()
        {
            { "DataSourceNotFound", Forward with { Source = "nowhere" } },
            { "DataSourceNotFound", Forward with { Destination = "nowhere" } },
            { "SourceIsDestination", Forward with { Destination = "beijing" } },
            { "SourceIsDestination", Forward with { Destination = "beijing-reader" } },
            { "SourceIsDestination", Forward with { Destination = "beijing-reader", Scenario = Scenario.DataMigration } },
            { "SameRegion", Forward with { Destination = "beijing2" } },
            { "DataSourceTypesDiffer", Forward with { Destination = "maria" } },
            { "TypesInvalid", Forward with { Types = MigrationTypes.None } },
            { "TypesInvalid", Forward with { Types = MigrationTypes.Schema | MigrationTypes.Verification } },
            { "DdlWithoutIncremental", Forward with { Types = MigrationTypes.Schema | MigrationTypes.Full, SyncDdl = true } },
            { "ObjectsMissing", Forward with { Objects = [] } },
            { "ObjectRuleInvalid", Forward with { Objects = ["shop"] } },
            { "ObjectRuleInvalid", Forward with { Exclude = ["shop.["] } },
            { "ObjectNameUnsupported", Forward with { Objects = ["shop.a$$b"] } },
            { "PriorityRegionInvalid", Forward with { PriorityRegion = "cn-west" } },
            { "PriorityRegionInvalid", Forward with { ConflictPolicy = ConflictPolicy.Stop, PriorityRegion = "cn-beijing" } },
            { "StoreRetentionInvalid", Forward with { StoreRetentionHours = 23 } },
            { "StoreRetentionInvalid", Forward with { StoreRetentionHours = 8761 } },
            {
                "ConcurrencyInvalid",
                Forward with
                {
                    Full = new FullMigrationOptions { Speed = ConcurrencySpeed.Custom, WriteConcurrency = 65 },
                }
            },
            { "ConcurrencyInvalid", Forward with { Full = new FullMigrationOptions { ReadConcurrency = 3 } } },
            {
                "ConcurrencyInvalid",
                Forward with
                {
                    Full = new FullMigrationOptions { Speed = ConcurrencySpeed.Fast, WriteConcurrency = 8 },
                }
            },
            { "ChoiceInvalid", Forward with { Scenario = (Scenario)7 } },
            { "ChoiceInvalid", Forward with { ConflictPolicy = (ConflictPolicy)9 } },
            { "ChoiceInvalid", Forward with { Full = new FullMigrationOptions { ExistingRecords = (ExistingRecords)2 } } },
            { "ChoiceInvalid", Forward with { Incremental = new IncrementalOptions { Speed = (ConcurrencySpeed)4 } } },
            { "TypesInvalid", Forward with { Types = MigrationTypes.Full | (MigrationTypes)16 } },
            { "ObjectRuleInvalid", Forward with { Objects = ["shop.*", ""] } },
            { "ObjectRuleInvalid", Forward with { Exclude = [null!] } },
            { "LatestColumnInvalid", Forward with { LatestColumn = "" } },
            { "UniqueClashInvalid", Forward with { UniqueClash = UniqueClash.Alert } },
            { "IncrementalOptionsInvalid", Forward with { Incremental = new IncrementalOptions { WriteConcurrency = 3 } } },
            {
                "IncrementalOptionsInvalid",
                Forward with
                {
                    Incremental = new IncrementalOptions { MemoryMegabytes = 64, Speed = ConcurrencySpeed.Fast },
                }
            },
            {
                "IncrementalOptionsInvalid",
                Forward with
                {
                    Incremental = new IncrementalOptions { WriteConcurrency = 65, Speed = ConcurrencySpeed.Custom },
                }
            },
            {
                "IncrementalOptionsInvalid",
                Forward with
                {
                    Incremental = new IncrementalOptions { MemoryMegabytes = 7, Speed = ConcurrencySpeed.Custom },
                }
            },
            { "IncrementalOptionsInvalid", Forward with { Incremental = new IncrementalOptions { RowsPerSecond = 0 } } },
            { "IncrementalOptionsInvalid", Forward with { Incremental = new IncrementalOptions { BytesPerSecond = 1023 } } },
            { "IncrementalOptionsInvalid", Forward with { Types = MigrationTypes.Schema | MigrationTypes.Full, Heartbeat = true } },
            { "RelayOriginInvalid", Forward with { RelayOrigins = ["cn-shanghai"] } },
            { "ObjectRulesConflict", Forward with { Objects = ["shop.orders=crm.orders", "shop.orders"] } },
            { "AggregationNotReversible", Forward with { Objects = ["shop.t*=shop.t"] } },
            { "AggregationNotReversible", Forward with { Objects = ["shop.a=shop.t", "shop.b=shop.t"] } },
            { "AggregationNotReversible", Forward with { Objects = ["shop.*=crm.*", "hr.*=crm.*"] } },
            { "DdlWithSelection", Migration with { Objects = ["shop.t*=shop.t"], SyncDdl = true } },
            { "DdlWithSelection", Migration with { ColumnMappings = Mapping("shop.orders", ("a", "b")), SyncDdl = true } },
            { "ColumnMappingInvalid", Migration with { ColumnMappings = Mapping("shop.orders", ("a", "x"), ("b", "x")) } },
            { "ColumnMappingInvalid", Forward with { ColumnMappings = Mapping("shop.o*", ("a", "x")) } },
            { "ObjectRuleInvalid", Migration with { ColumnMappings = Mapping("orders", ("a", "x")) } },
            { "SelectionNotConvergent", Forward with { ColumnMappings = Mapping("shop.orders", ("a", null)) } },
            { "SelectionNotConvergent", Forward with { Types = MigrationTypes.Incremental, Dml = DmlTypes.Insert } },
            { "SelectionNotConvergent", Forward with { RowFilters = new Dictionary<string, string> { ["shop.orders"] = "a = 1" } } },
            { "RowFilterInvalid", Migration with { RowFilters = new Dictionary<string, string> { ["shop.orders"] = "a > NOW()" } } },
            { "DmlInvalid", Migration with { Dml = DmlTypes.None } },
            { "DmlInvalid", Migration with { Types = MigrationTypes.Full, Dml = DmlTypes.Insert } },
            { "VerificationNeedsAllDml", Migration with { Dml = DmlTypes.Insert | DmlTypes.Update } },
            { "RelayNeedsLatestWins", Forward with { RelayOrigins = ["cn-west"] } },
            { "LatestColumnInvalid", Forward with { ConflictPolicy = ConflictPolicy.LatestWins } },
            { "LatestColumnInvalid", Forward with { LatestColumn = "at" } },
            { "ReverseOfInvalid", Forward with { ReverseOf = "x" } },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_definition_that_breaks_a_rule_is_refused_and_changes_nothing(string id, Project project)
    {
        Refused(id, project);
        Assert.Equal(id, Assert.Throws<OmsException>(() => _engine.CheckProject(project)).Id);
    }

    [Fact]
    public void A_definition_is_checked_without_being_added()
    {
        Assert.Equal("cn-beijing", _engine.CheckProject(Forward).PriorityRegion);
        Assert.Empty(_engine.GetProjects());
        _engine.AddProject(Forward);
        Assert.Equal("ProjectExists", Assert.Throws<OmsException>(() => _engine.CheckProject(Forward)).Id);
        Assert.Equal("ReverseTooEarly", Assert.Throws<OmsException>(() => _engine.CheckReverseProject("back", Forward.Name)).Id);
    }

    public static TheoryData<Project> Accepted =>
        [
            Forward with
            {
                Types = MigrationTypes.Full,
            },
            Forward with
            {
                Types = MigrationTypes.Incremental | MigrationTypes.Verification,
                SyncDdl = true,
            },
            Forward with
            {
                PriorityRegion = "cn-shanghai",
            },
            Forward with
            {
                Scenario = Scenario.DataMigration,
                Destination = "beijing2",
            },
            Forward with
            {
                Scenario = Scenario.DataMigration,
                Destination = "maria",
            },
            Forward with
            {
                StoreRetentionHours = 24,
            },
            Forward with
            {
                Heartbeat = true,
                Incremental = new IncrementalOptions
                {
                    Speed = ConcurrencySpeed.Custom,
                    WriteConcurrency = 64,
                    MemoryMegabytes = 8,
                    RowsPerSecond = 1,
                    BytesPerSecond = 1024,
                },
            },
            Forward with
            {
                Incremental = new IncrementalOptions { Speed = ConcurrencySpeed.Stable, RowsPerSecond = 500 },
            },
            Forward with
            {
                StoreRetentionHours = 8760,
                RelayOrigins = ["cn-west"],
                ConflictPolicy = ConflictPolicy.LatestWins,
                LatestColumn = "at",
            },
        ];

    [Theory]
    [MemberData(nameof(Accepted))]
    public void A_definition_within_the_rules_is_taken(Project project) => Assert.Equal("orders", _engine.AddProject(project).Name);

    [Fact]
    public void A_name_is_given_once()
    {
        _engine.AddProject(Forward);
        Assert.Equal("ProjectExists", Assert.Throws<OmsException>(() => _engine.AddProject(Forward with { Name = "ORDERS" })).Id);
        Assert.Equal("ProjectNotFound", Assert.Throws<OmsException>(() => _engine.GetProject("other")).Id);
        Assert.Equal("ProjectNotFound", Assert.Throws<OmsException>(() => _engine.RemoveProject("other")).Id);
    }

    [Fact]
    public void A_reverse_link_is_the_forward_link_turned_round_and_incremental_only()
    {
        AddMigratedForward(Forward with { Exclude = ["shop.log"], SyncDdl = true, StoreRetentionHours = 24 });
        var reverse = _engine.AddReverseProject("orders-back", "orders");
        Assert.Equal(
            ("shanghai", "beijing", "orders", MigrationTypes.Incremental, false, "cn-beijing", 24, Scenario.ActiveActive),
            (
                reverse.Source,
                reverse.Destination,
                reverse.ReverseOf,
                reverse.Types,
                reverse.SyncDdl,
                reverse.PriorityRegion,
                reverse.StoreRetentionHours,
                reverse.Scenario
            )
        );
        Assert.Equal(["shop.*"], reverse.Objects);
        Assert.Equal(["shop.log"], reverse.Exclude);
        Assert.Equal(reverse.Created, _engine.GetProject("orders-back").Created);
    }

    [Fact]
    public void A_reverse_link_turns_names_round()
    {
        AddMigratedForward(
            Forward with
            {
                Objects = ["shop.*=crm.*", "old.orders=crm2.sales", "plain.*", "shop.o[0-9]=crm.*"],
                Exclude = ["shop.log", "shop.tmp*"],
                ColumnMappings = Mapping("old.orders", ("fullname", "name")),
            }
        );
        var reverse = _engine.AddReverseProject("orders-back", "orders");
        Assert.Equal(["crm.*=shop.*", "crm2.sales=old.orders", "plain.*", "crm.o[0-9]=shop.*"], reverse.Objects);
        Assert.Equal(["crm.log", "crm.tmp*"], reverse.Exclude);
        Assert.Equal("fullname", reverse.ColumnMappings["crm2.sales"]["name"]);
    }

    [Fact]
    public void The_selection_of_columns_rows_and_changes_comes_back_as_it_was_added()
    {
        _engine.AddProject(
            Migration with
            {
                Types = MigrationTypes.Full | MigrationTypes.Incremental,
                Dml = DmlTypes.Insert | DmlTypes.Update,
                ColumnMappings = Mapping("shop.Orders", ("Old", "New"), ("secret", null), ("none", "")),
                RowFilters = new Dictionary<string, string> { ["shop.Orders"] = "a = 'x'" },
            }
        );
        var read = _engine.GetProject("orders");
        Assert.Equal(DmlTypes.Insert | DmlTypes.Update, read.Dml);
        Assert.Equal([("Old", "New"), ("secret", null), ("none", "")], read.ColumnMappings["shop.Orders"].Select(c => (c.Key, c.Value)));
        Assert.Equal("a = 'x'", read.RowFilters["shop.Orders"]);
    }

    private static Project Migration => Forward with { Scenario = Scenario.DataMigration };

    private static Dictionary<string, IReadOnlyDictionary<string, string?>> Mapping(
        string table,
        params (string Column, string? Name)[] names
    ) => new() { [table] = names.ToDictionary(n => n.Column, n => n.Name) };

    [Fact]
    public void A_reverse_link_must_wait_for_the_forward_schema_migration()
    {
        _engine.AddProject(Forward);
        ReverseRefused("ReverseTooEarly");
        using (var store = MetadataStore.Open(_home.Path))
            store.WriteStatus(new LinkStatus { Project = "orders", State = ProjectState.Running });
        ReverseRefused("ReverseTooEarly");
        using (var store = MetadataStore.Open(_home.Path))
            store.WriteStatus(
                new LinkStatus
                {
                    Project = "orders",
                    State = ProjectState.Running,
                    SchemaMigrationCompleted = true,
                }
            );
        _engine.AddReverseProject("orders-back", "orders");
    }

    [Fact]
    public void A_forward_link_has_one_reverse_and_a_reverse_link_none()
    {
        AddMigratedForward(Forward);
        _engine.AddReverseProject("back", "orders");
        ReverseRefused("ReverseExists");
        Assert.Equal("ForwardNotActiveActive", Assert.Throws<OmsException>(() => _engine.AddReverseProject("back-back", "back")).Id);
        Assert.Equal("ProjectNotFound", Assert.Throws<OmsException>(() => _engine.AddReverseProject("back-back", "none")).Id);
    }

    [Fact]
    public void A_plain_migration_has_no_reverse_link()
    {
        AddMigratedForward(Forward with { Scenario = Scenario.DataMigration });
        ReverseRefused("ForwardNotActiveActive");
    }

    [Theory]
    [InlineData(false, false, null)]
    [InlineData(true, false, null)]
    [InlineData(false, true, null)]
    [InlineData(true, true, "DdlOnBothLinks")]
    public void DDL_is_synchronized_on_one_link_at_most(bool forward, bool reverse, string? error)
    {
        AddMigratedForward(Forward with { SyncDdl = forward });
        if (error is not null)
            ReverseRefused(error, syncDdl: reverse);
        else
            Assert.Equal(reverse, _engine.AddReverseProject("back", "orders", reverse).SyncDdl);
    }

    [Theory]
    [CombinatorialPolicies]
    public void Only_policies_that_converge_are_paired(ConflictPolicy forward, ConflictPolicy? reverse)
    {
        AddMigratedForward(Forward with { ConflictPolicy = forward, LatestColumn = forward == ConflictPolicy.LatestWins ? "at" : null });
        var winner = forward switch
        {
            ConflictPolicy.SourceWins => ConflictPolicy.DestinationWins,
            ConflictPolicy.DestinationWins => ConflictPolicy.SourceWins,
            _ => forward,
        };
        if (reverse is null || reverse == winner)
            Assert.Equal(winner, _engine.AddReverseProject("back", "orders", policy: reverse).ConflictPolicy);
        else
            ReverseRefused("PoliciesDoNotConverge", policy: reverse);
    }

    [Fact]
    public void A_running_project_and_one_with_a_reverse_link_are_not_removed()
    {
        AddMigratedForward(Forward);
        _engine.AddReverseProject("back", "orders");
        Assert.Equal("ProjectHasReverse", Assert.Throws<OmsException>(() => _engine.RemoveProject("orders")).Id);
        using var store = MetadataStore.Open(_home.Path);
        Assert.True(store.TryTakeLease("back", Environment.MachineName, Environment.ProcessId, "t", TimeSpan.FromMinutes(1), out _));
        Assert.Equal("ProjectRunning", Assert.Throws<OmsException>(() => _engine.RemoveProject("back")).Id);
        store.ReleaseLease("back", "t");
        _engine.RemoveProject("back");
        _engine.RemoveProject("orders");
        Assert.Empty(_engine.GetProjects());
    }

    [Fact]
    public void A_removed_project_leaves_no_log_to_a_later_one_of_its_name()
    {
        _engine.AddProject(Forward);
        var log = _engine.StoreDirectory("orders");
        Directory.CreateDirectory(log);
        File.WriteAllText(Path.Combine(log, "segment"), "x");
        _engine.RemoveProject("orders");
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_home.Path, "store")));
        Assert.Equal("orders", _engine.AddProject(Forward).Name);
    }

    private void Add(string name, string region, string host, string user = "oms", DataSourceType type = DataSourceType.MySQL) =>
        _engine.AddDataSource(
            new DataSource
            {
                Name = name,
                Type = type,
                Region = region,
                Host = host,
                User = user,
            },
            "x"
        );

    private void AddMigratedForward(Project project)
    {
        _engine.AddProject(project);
        using var store = MetadataStore.Open(_home.Path);
        store.WriteStatus(new LinkStatus { Project = project.Name, SchemaMigrationCompleted = true });
    }

    private OmsException Refused(string id, Project project)
    {
        var error = Assert.Throws<OmsException>(() => _engine.AddProject(project));
        Assert.Equal(id, error.Id);
        Assert.NotEmpty(error.Remedy);
        Assert.Empty(_engine.GetProjects());
        return error;
    }

    private void ReverseRefused(string id, bool syncDdl = false, ConflictPolicy? policy = null)
    {
        var before = _engine.GetProjects().Select(p => p.Name).ToList();
        var error = Assert.Throws<OmsException>(() => _engine.AddReverseProject("orders-back", "orders", syncDdl, policy));
        Assert.Equal(id, error.Id);
        Assert.Equal(before, _engine.GetProjects().Select(p => p.Name));
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CombinatorialPoliciesAttribute : Xunit.Sdk.DataAttribute
    {
        public override IEnumerable<object?[]> GetData(System.Reflection.MethodInfo testMethod) =>
            from forward in Enum.GetValues<ConflictPolicy>()
            from reverse in Enum.GetValues<ConflictPolicy>().Cast<ConflictPolicy?>().Append(null)
            select new object?[] { forward, reverse };
    }
}
