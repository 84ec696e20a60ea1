using Oms.Precheck;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Adds a forward project (or a plain migration) after checking its definition; no server is asked.</summary>
    /// <exception cref="OmsException">ProjectNameInvalid, ProjectExists, DataSourceNotFound, SourceIsDestination, SameRegion, ObjectsMissing, …</exception>
    public Project AddProject(Project definition) => throw new NotImplementedException();

    /// <summary>
    /// Adds the reverse link of an active-active pair: source and destination swapped, the forward link's objects, incremental only.
    /// </summary>
    /// <exception cref="OmsException">ReverseTooEarly before the forward link's schema migration is complete; ReverseExists; DdlOnBothLinks; PoliciesDoNotConverge; …</exception>
    public Project AddReverseProject(string name, string reverseOf, bool syncDdl = false, ConflictPolicy? policy = null) => throw new NotImplementedException();

    public IReadOnlyList<Project> GetProjects(string? pattern = null) => throw new NotImplementedException();

    /// <exception cref="OmsException">ProjectNotFound</exception>
    public Project GetProject(string name) => throw new NotImplementedException();

    /// <summary>Removes a project that isn't running, with its state and its Store files; the mark rows at the destination stay.</summary>
    /// <exception cref="OmsException">ProjectNotFound, ProjectRunning, ProjectHasReverse</exception>
    public void RemoveProject(string name) => throw new NotImplementedException();

    /// <summary>Runs the prechecks against both servers; items come as they are found.</summary>
    public IAsyncEnumerable<PrecheckItem> PrecheckAsync(string project, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
