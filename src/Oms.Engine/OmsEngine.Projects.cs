using Oms.Hosting;
using Oms.Metadata;
using Oms.Projects;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Adds a forward project (or a plain migration) after checking its definition; no server is asked.</summary>
    /// <exception cref="OmsException">ProjectNameInvalid, ProjectExists, DataSourceNotFound, SourceIsDestination, SameRegion,
    /// ObjectsMissing, RegionsNeedLatestWins, OriginCarriedTwice, …</exception>
    public Project AddProject(Project definition) => _metadata.Write(session => Insert(session, Checked(session, definition)));

    /// <summary>Checks a forward project's definition as <see cref="AddProject"/> does, and adds nothing.</summary>
    /// <returns>The project as it would be added.</returns>
    /// <exception cref="OmsException">As <see cref="AddProject"/>.</exception>
    public Project CheckProject(Project definition) => _metadata.Read(session => Addable(session, Checked(session, definition)));

    /// <summary>
    /// Adds the reverse link of an active-active pair: source and destination swapped, the forward link's objects, incremental only.
    /// </summary>
    /// <param name="policy">By default the one that converges with the forward link's.</param>
    /// <exception cref="OmsException">ReverseTooEarly before the forward link's schema migration is complete; ReverseExists;
    /// ForwardNotActiveActive; DdlOnBothLinks; PoliciesDoNotConverge; …</exception>
    public Project AddReverseProject(string name, string reverseOf, bool syncDdl = false, ConflictPolicy? policy = null) =>
        _metadata.Write(session => Insert(session, Reversed(session, name, reverseOf, syncDdl, policy)));

    /// <summary>Checks a reverse link as <see cref="AddReverseProject"/> does, and adds nothing.</summary>
    /// <returns>The project as it would be added.</returns>
    /// <exception cref="OmsException">As <see cref="AddReverseProject"/>.</exception>
    public Project CheckReverseProject(string name, string reverseOf, bool syncDdl = false, ConflictPolicy? policy = null) =>
        _metadata.Read(session => Addable(session, Reversed(session, name, reverseOf, syncDdl, policy)));

    /// <summary>The projects whose name matches the wildcard pattern (* ?), all when null; ordered by name.</summary>
    public IReadOnlyList<Project> GetProjects(string? pattern = null)
    {
        var matches = NamePattern.Of(pattern);
        return _metadata.Read(session => session.Projects().Where(p => matches(p.Name)).ToList());
    }

    /// <exception cref="OmsException">ProjectNotFound</exception>
    public Project GetProject(string name) => _metadata.Read(session => FindProject(session, name));

    /// <summary>Removes a project that isn't running, with its state and its Store files; the mark rows at the destination stay.</summary>
    /// <exception cref="OmsException">ProjectNotFound, ProjectRunning, ProjectHasReverse</exception>
    public void RemoveProject(string name)
    {
        var trash = Path.Combine(Home, "store", $".removed-{Guid.NewGuid():N}");
        _metadata.Write(session =>
        {
            var project = FindProject(session, name);
            if (_metadata.FindLiveLease(session, project.Name) is { } lease)
                throw new OmsException(
                    "ProjectRunning",
                    OmsErrorKind.InvalidState,
                    $"Project '{project.Name}' is running (process {lease.ProcessId} on {lease.Host}).",
                    $"Stop it first: {HostCommand.StopLink(project.Name)}",
                    project.Name
                );
            if (FindReverse(session, project) is { } reverse)
                throw new OmsException(
                    "ProjectHasReverse",
                    OmsErrorKind.InvalidState,
                    $"Project '{project.Name}' has the reverse link '{reverse.Name}'.",
                    $"Remove the reverse link first: {HostCommand.RemoveProject(reverse.Name)}",
                    project.Name
                );
            session.DeleteProject(project.Name);
            // A project of the same name must never find an older one's log: it is out of the way before the removal counts.
            var store = StoreDirectory(project.Name);
            if (Directory.Exists(store))
                Directory.Move(store, trash);
        });
        if (Directory.Exists(trash))
            Directory.Delete(trash, recursive: true);
    }

    /// <summary>Where a project's Store keeps its log segments.</summary>
    internal string StoreDirectory(string project) => Path.Combine(Home, "store", project);

    private static Project Checked(MetadataSession session, Project definition) =>
        ProjectRules.Validate(definition, FindDataSource(session, definition.Source), FindDataSource(session, definition.Destination));

    private static Project Reversed(MetadataSession session, string name, string reverseOf, bool syncDdl, ConflictPolicy? policy)
    {
        var forward = FindProject(session, reverseOf);
        return ProjectRules.Reverse(name, forward, session.FindStatus(forward.Name), FindReverse(session, forward), syncDdl, policy);
    }

    private static Project Addable(MetadataSession session, Project project)
    {
        if (session.FindProject(project.Name) is { } same)
            throw new OmsException(
                "ProjectExists",
                OmsErrorKind.AlreadyExists,
                $"There is a project '{same.Name}' already.",
                "Choose another name, or remove the existing project first.",
                project.Name
            );
        RegionRules.Validate(project, session.Projects(), name => FindDataSource(session, name).Region);
        return project;
    }

    private static Project Insert(MetadataSession session, Project project)
    {
        project = Addable(session, project);
        if (project.Created == default)
            project = project with { Created = DateTimeOffset.UtcNow };
        session.Insert(project);
        return project;
    }

    private static Project FindProject(MetadataSession session, string name) =>
        session.FindProject(name) ?? throw MetadataStore.ProjectNotFound(name);

    private static Project? FindReverse(MetadataSession session, Project forward) =>
        session.Projects().FirstOrDefault(p => p.ReverseOf == forward.Name);
}
