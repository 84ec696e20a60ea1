using Dapper;
using Microsoft.Data.Sqlite;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Oms.Metadata;

/// <summary>Definitions as rows: what the engine reads and writes within one read or one transaction of the <see cref="MetadataStore"/>.
/// Names compare without case.</summary>
internal sealed class MetadataSession(SqliteConnection connection)
{
    private static readonly JsonSerializerSettings s_json = new()
    {
        Converters = { new StringEnumConverter() },
        NullValueHandling = NullValueHandling.Ignore,
    };

    public SqliteConnection Connection => connection;

    public IReadOnlyList<DataSource> DataSources() =>
        connection.Query<string>("SELECT definition FROM data_source ORDER BY name").Select(Parse<DataSource>).ToList();

    public DataSource? FindDataSource(string name) =>
        connection.QuerySingleOrDefault<string>("SELECT definition FROM data_source WHERE name = @name", new { name }) is { } json
            ? Parse<DataSource>(json)
            : null;

    /// <summary>The name of the data source that has this account.</summary>
    public string? FindAccount(string hostKey, int port, string user) =>
        connection.QuerySingleOrDefault<string>(
            "SELECT name FROM data_source WHERE host = @hostKey AND port = @port AND user = @user",
            new
            {
                hostKey,
                port,
                user,
            }
        );

    public byte[] EncryptedPassword(string name) =>
        connection.QuerySingle<byte[]>("SELECT password FROM data_source WHERE name = @name", new { name });

    public void Insert(DataSource definition, string hostKey, byte[] password) =>
        connection.Execute(
            "INSERT INTO data_source (name, host, port, user, definition, password) VALUES (@Name, @hostKey, @Port, @User, @json, @password)",
            new
            {
                definition.Name,
                hostKey,
                definition.Port,
                definition.User,
                json = Json(definition),
                password,
            }
        );

    public void Update(DataSource definition, string hostKey) =>
        connection.Execute(
            "UPDATE data_source SET host = @hostKey, port = @Port, user = @User, definition = @json WHERE name = @Name",
            new
            {
                definition.Name,
                hostKey,
                definition.Port,
                definition.User,
                json = Json(definition),
            }
        );

    public void SetPassword(string name, byte[] password) =>
        connection.Execute("UPDATE data_source SET password = @password WHERE name = @name", new { name, password });

    public void DeleteDataSource(string name) => connection.Execute("DELETE FROM data_source WHERE name = @name", new { name });

    public IReadOnlyList<Project> Projects() =>
        connection.Query<string>("SELECT definition FROM project ORDER BY name").Select(Parse<Project>).ToList();

    public Project? FindProject(string name) =>
        connection.QuerySingleOrDefault<string>("SELECT definition FROM project WHERE name = @name", new { name }) is { } json
            ? Parse<Project>(json)
            : null;

    public void Insert(Project definition) =>
        connection.Execute(
            "INSERT INTO project (name, definition) VALUES (@Name, @json)",
            new { definition.Name, json = Json(definition) }
        );

    /// <summary>Removes a project with all that is kept of it.</summary>
    public void DeleteProject(string name) => connection.Execute("DELETE FROM project WHERE name = @name", new { name });

    public LinkStatus? FindStatus(string project) =>
        connection.QuerySingleOrDefault<string>("SELECT status FROM link_status WHERE project = @project", new { project }) is { } json
            ? Parse<LinkStatus>(json)
            : null;

    /// <summary>What a link has last told of its place in its source's log counts no more, for whoever compares it with that log's
    /// end.</summary>
    public void ForgetPlaces(string project)
    {
        if (FindStatus(project) is { } status)
            connection.Execute(
                "UPDATE link_status SET status = @json WHERE project = @project",
                new { project, json = Json(status with { AppliedPosition = null, StorePosition = null }) }
            );
    }

    public static string Json<T>(T value) => JsonConvert.SerializeObject(value, s_json);

    private static T Parse<T>(string json) => JsonConvert.DeserializeObject<T>(json, s_json)!;
}
