using Oms.Agent.Definitions;
using Oms.Verification;

namespace Oms.Integration.Tests.Agent;

/// <summary>What a project file of oms-agent may say, and what becomes of it. No server is needed.</summary>
public sealed class ProjectFileTests : IDisposable
{
    private const string Variable = "OMS_TEST_PROJECT_FILE_PASSWORD";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("oms-project-file-").FullName;

    public ProjectFileTests() => Environment.SetEnvironmentVariable(Variable, "secret-1");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void What_is_missing_is_added_and_the_reverse_link_waits_for_its_time()
    {
        using var engine = OmsEngine.Open(Path.Combine(_directory, "home"));
        var projects = Read(Complete()).AddTo(engine);

        Assert.Equal(["beijing", "shanghai"], engine.GetDataSources().Select(d => d.Name));
        Assert.Equal(["shop"], engine.GetProjects().Select(p => p.Name));
        Assert.Equal(["shop", "shop-reverse"], projects.Select(p => p.Name));
        Assert.Equal("shop", projects[1].ReverseOf);
    }

    [Fact]
    public void The_same_file_again_changes_nothing_and_needs_no_password()
    {
        using var engine = OmsEngine.Open(Path.Combine(_directory, "home"));
        Read(Complete()).AddTo(engine);
        Environment.SetEnvironmentVariable(Variable, null);
        Read(Complete()).AddTo(engine);
        Assert.Equal(2, engine.GetDataSources().Count);
    }

    [Fact]
    public void A_project_may_select_columns_rows_and_changes()
    {
        using var engine = OmsEngine.Open(Path.Combine(_directory, "home"));
        var content = Complete()
            .Replace("\"ActiveActive\"", "\"DataMigration\"", StringComparison.Ordinal)
            .Replace(
                ", \"objects\"",
                """
                , "types": "Full, Incremental", "dml": "Insert, Update", "columnMappings": { "shop.orders": { "old": "new", "secret": null } }, "rowFilters": { "shop.orders": "region = 'cn'" }, "objects"
                """,
                StringComparison.Ordinal
            );
        Read(content).AddTo(engine);
        Read(content).AddTo(engine);
        var project = engine.GetProject("shop");
        Assert.Equal(DmlTypes.Insert | DmlTypes.Update, project.Dml);
        Assert.Equal([("old", "new"), ("secret", null)], project.ColumnMappings["shop.orders"].Select(c => (c.Key, c.Value)));
        Assert.Equal("region = 'cn'", project.RowFilters["shop.orders"]);
        Assert.Contains(
            "rowFilters",
            Assert.Throws<OmsException>(() => Read(content.Replace("'cn'", "'us'", StringComparison.Ordinal)).AddTo(engine)).Message
        );
    }

    [Theory]
    [InlineData("\"port\": 3307", "\"port\": 3309", "port")]
    [InlineData("shop.*", "shop.orders", "objects")]
    public void A_changed_definition_is_refused_by_name(string from, string to, string named)
    {
        using var engine = OmsEngine.Open(Path.Combine(_directory, "home"));
        Read(Complete()).AddTo(engine);
        var error = Assert.Throws<OmsException>(() => Read(Complete().Replace(from, to, StringComparison.Ordinal)).AddTo(engine));
        Assert.Equal("DefinitionChanged", error.Id);
        Assert.Contains(named, error.Message);
    }

    [Theory]
    [InlineData("{", "not valid")]
    [InlineData("{ \"dataSource\": [] }", "dataSource")]
    [InlineData("{ \"projects\": {} }", "projects")]
    [InlineData("{ \"projects\": [ { \"name\": \"p\", \"source\": \"a\" } ] }", "destination")]
    [InlineData("{ \"projects\": [ { \"name\": \"p\", \"source\": \"a\", \"destination\": \"b\", \"colour\": 1 } ] }", "colour")]
    [InlineData("{ \"projects\": [ { \"name\": \"p\", \"reverseOf\": \"a\", \"objects\": [] } ] }", "objects")]
    [InlineData(
        "{ \"dataSources\": [ { \"name\": \"d\", \"type\": \"MariaDB\", \"region\": \"r\", \"host\": \"h\", \"user\": \"u\" } ] }",
        "passwordFile"
    )]
    [InlineData(
        "{ \"dataSources\": [ { \"name\": \"d\", \"type\": \"Oracle\", \"region\": \"r\", \"host\": \"h\", \"user\": \"u\", \"passwordFile\": \"f\" } ] }",
        "type' is 'Oracle': choose one of MySQL, MariaDB, OceanBase"
    )]
    [InlineData(
        "{ \"dataSources\": [ { \"name\": \"d\", \"type\": 1, \"region\": \"r\", \"host\": \"h\", \"user\": \"u\", \"passwordFile\": \"f\" } ] }",
        "type' is '1': choose one of MySQL, MariaDB, OceanBase"
    )]
    [InlineData(
        "{ \"projects\": [ { \"name\": \"p\", \"source\": \"a\", \"destination\": \"b\", \"scenario\": \"Migration\" } ] }",
        "scenario' is 'Migration': choose one of DataMigration, ActiveActive"
    )]
    [InlineData(
        "{ \"projects\": [ { \"name\": \"p\", \"source\": \"a\", \"destination\": \"b\", \"scenario\": \"DataMigration, ActiveActive\" } ] }",
        "choose one of DataMigration, ActiveActive"
    )]
    [InlineData(
        "{ \"projects\": [ { \"name\": \"p\", \"source\": \"a\", \"destination\": \"b\", \"types\": \"Full, All\" } ] }",
        "types' is 'Full, All': choose among Schema, Full, Incremental, Verification"
    )]
    [InlineData(
        "{ \"projects\": [ { \"name\": \"p\", \"source\": \"a\", \"destination\": \"b\", \"full\": { \"speed\": 2 } } ] }",
        "full.speed' is '2': choose one of Stable, Normal, Fast, Custom"
    )]
    [InlineData(
        "{ \"projects\": [ { \"name\": \"p\", \"reverseOf\": \"a\", \"conflictPolicy\": \"Newest\" } ] }",
        "conflictPolicy' is 'Newest': choose one of RegionPriority"
    )]
    public void A_file_that_is_not_valid_is_refused_with_the_reason(string content, string named)
    {
        var error = Assert.Throws<OmsException>(() => Read(content));
        Assert.Equal("ProjectFileInvalid", error.Id);
        Assert.Contains(named, error.Message);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal("ProjectFileNotFound", Assert.Throws<OmsException>(() => ProjectFile.Read(Path.Combine(_directory, "none"))).Id);

    [Fact]
    public void A_password_file_is_read_beside_the_project_file_and_must_be_private()
    {
        var passwordFile = Path.Combine(_directory, "password");
        File.WriteAllText(passwordFile, "secret-2\n");
        var content = One("\"passwordFile\": \"password\"");

        using var engine = OmsEngine.Open(Path.Combine(_directory, "home"));
        File.SetUnixFileMode(passwordFile, Private | UnixFileMode.GroupRead);
        Assert.Equal("PasswordFileExposed", Assert.Throws<OmsException>(() => Read(content).AddTo(engine)).Id);
        File.SetUnixFileMode(passwordFile, Private);
        Read(content).AddTo(engine);
        Assert.Single(engine.GetDataSources());
    }

    [Fact]
    public void A_password_in_the_file_itself_is_allowed_only_when_the_file_is_private()
    {
        using var engine = OmsEngine.Open(Path.Combine(_directory, "home"));
        var content = One("\"password\": \"secret-3\"");
        Assert.Equal(
            "PasswordFileExposed",
            Assert.Throws<OmsException>(() => Read(content, Private | UnixFileMode.OtherRead).AddTo(engine)).Id
        );
        Read(content, Private).AddTo(engine);
        Assert.Single(engine.GetDataSources());
    }

    [Fact]
    public void A_variable_that_is_not_set_is_named()
    {
        using var engine = OmsEngine.Open(Path.Combine(_directory, "home"));
        var error = Assert.Throws<OmsException>(() => Read(One("\"passwordEnvironmentVariable\": \"OMS_TEST_NOT_SET\"")).AddTo(engine));
        Assert.Equal("PasswordVariableMissing", error.Id);
        Assert.Contains("OMS_TEST_NOT_SET", error.Message);
    }

    private ProjectFile Read(string content, UnixFileMode mode = Private)
    {
        var path = Path.Combine(_directory, "project.json");
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, mode);
        return ProjectFile.Read(path);
    }

    private static string One(string password) =>
        $$"""{ "dataSources": [ { "name": "d", "type": "MySQL", "region": "r", "host": "127.0.0.1", "user": "u", {{password}} } ] }""";

    private static string Complete() =>
        $$"""
            {
              "dataSources": [
                { "name": "beijing", "type": "MariaDB", "region": "cn-beijing", "host": "127.0.0.1", "port": 3307, "user": "oms", "passwordEnvironmentVariable": "{{Variable}}" },
                { "name": "shanghai", "type": "MariaDB", "region": "cn-shanghai", "host": "127.0.0.1", "port": 3308, "user": "oms", "passwordEnvironmentVariable": "{{Variable}}" }
              ],
              "projects": [
                { "name": "shop", "scenario": "ActiveActive", "source": "beijing", "destination": "shanghai", "objects": [ "shop.*" ] },
                { "name": "shop-reverse", "reverseOf": "shop" }
              ]
            }
            """;
}
