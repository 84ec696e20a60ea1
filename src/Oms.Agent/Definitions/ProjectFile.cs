using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Oms.Agent.Definitions;

/// <summary>
/// A project file: <c>{ "dataSources": [ … ], "projects": [ … ] }</c>. Data sources have the properties of <see cref="DataSource"/> and one
/// of <c>passwordEnvironmentVariable</c>, <c>passwordFile</c> or (in a file of mode 0600 only) <c>password</c>; projects those of
/// <see cref="Project"/>, a reverse link only <c>name</c>, <c>reverseOf</c>, <c>syncDdl</c> and <c>conflictPolicy</c>.
/// </summary>
internal sealed class ProjectFile
{
    private ProjectFile(IReadOnlyList<DataSourceEntry> dataSources, IReadOnlyList<ProjectEntry> projects) =>
        (DataSources, Projects) = (dataSources, projects);

    public IReadOnlyList<DataSourceEntry> DataSources { get; }
    public IReadOnlyList<ProjectEntry> Projects { get; }

    /// <exception cref="OmsException">ProjectFileNotFound, ProjectFileInvalid</exception>
    public static ProjectFile Read(string path)
    {
        try
        {
            var content = JObject.Parse(File.ReadAllText(path));
            var unknown = content.Properties().FirstOrDefault(p => p.Name is not ("dataSources" or "projects"));
            if (unknown is not null)
                throw new JsonSerializationException($"Unknown property '{unknown.Name}'.");
            return new ProjectFile(
                [.. Entries(content, "dataSources").Select(entry => DataSourceEntry.Parse(entry, path))],
                [.. Entries(content, "projects").Select(entry => ProjectEntry.Parse(entry, path))]
            );
        }
        catch (JsonException e)
        {
            throw new OmsException(
                "ProjectFileInvalid",
                OmsErrorKind.InvalidArgument,
                $"Project file '{path}' is not valid: {e.Message}",
                "Correct the file: an object with the arrays dataSources and projects.",
                path,
                e
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OmsException(
                "ProjectFileNotFound",
                OmsErrorKind.NotFound,
                $"Project file '{path}' can't be read: {e.Message}",
                "Check the path and its permissions.",
                path,
                e
            );
        }
    }

    /// <summary>
    /// Adds what the metadata doesn't have; what it has must be as the file says. Reverse projects are added later, when their forward link
    /// allows it.
    /// </summary>
    public IReadOnlyList<ProjectEntry> AddTo(OmsEngine engine)
    {
        foreach (var dataSource in DataSources)
            dataSource.AddTo(engine);
        foreach (var project in Projects.Where(p => p.ReverseOf is null))
            project.AddTo(engine);
        return Projects;
    }

    private static IEnumerable<JObject> Entries(JObject content, string property) =>
        content[property] switch
        {
            null => [],
            JArray array when array.All(item => item is JObject) => array.Cast<JObject>(),
            _ => throw new JsonSerializationException($"'{property}' must be an array of objects."),
        };
}
