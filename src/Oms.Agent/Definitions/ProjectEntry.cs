using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Oms.Agent.Definitions;

/// <summary>A project of a project file: a forward project or a plain migration, or a reverse link.</summary>
internal sealed class ProjectEntry
{
    private readonly JObject _entry;
    private readonly object _definition;
    private readonly string _file;

    private ProjectEntry(JObject entry, object definition, string file) => (_entry, _definition, _file) = (entry, definition, file);

    public string Name => _definition is Project project ? project.Name : ((ReverseProject)_definition).Name;

    /// <summary>The forward project, when this is a reverse link.</summary>
    public string? ReverseOf => (_definition as ReverseProject)?.ReverseOf;

    /// <exception cref="JsonException">The entry is not valid.</exception>
    public static ProjectEntry Parse(JObject entry, string file) =>
        new(
            entry,
            entry.ContainsKey("reverseOf")
                ? Definition.Read<ReverseProject>(entry, "name", "reverseOf")
                : Definition.Read<Project>(entry, "name", "source", "destination"),
            file
        );

    /// <exception cref="OmsException">DefinitionChanged when the metadata has another one of this name; and those of adding.</exception>
    public void AddTo(OmsEngine engine)
    {
        if (engine.GetProjects().FirstOrDefault(p => p.Name == Name) is { } existing)
            Definition.MustEqual("Project", Name, _entry, _definition, existing, _file);
        else if (_definition is ReverseProject reverse)
            engine.AddReverseProject(reverse.Name, reverse.ReverseOf, reverse.SyncDdl, reverse.ConflictPolicy);
        else
            engine.AddProject((Project)_definition);
    }

    /// <summary>What a file may say of a reverse link; the rest follows from the forward project.</summary>
    private sealed record ReverseProject
    {
        public string Name { get; init; } = "";
        public string ReverseOf { get; init; } = "";
        public bool SyncDdl { get; init; }
        public ConflictPolicy? ConflictPolicy { get; init; }
    }
}
