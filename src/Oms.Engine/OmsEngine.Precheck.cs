using System.Runtime.CompilerServices;
using Oms.Links;
using Oms.Precheck;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Runs the prechecks against both servers; items come as they are found. Nothing is written.</summary>
    /// <exception cref="OmsException">ProjectNotFound; a server's error while it was asked</exception>
    public async IAsyncEnumerable<PrecheckItem> PrecheckAsync(
        string project,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await foreach (var item in RunPrecheckAsync(project, cancellationToken))
            yield return item with
            {
                Detail = _words.Say(item.Detail),
                Remedy = _words.Say(item.Remedy),
            };
    }

    private IAsyncEnumerable<PrecheckItem> RunPrecheckAsync(string project, CancellationToken cancellationToken)
    {
        var definition = GetProject(project);
        var hasStarted = _metadata.GetValue(definition.Name, LinkRunner.PrecheckPassed) is not null;
        return new PrecheckRun(
            definition,
            GetDataSource(definition.Source),
            GetDataSource(definition.Destination),
            ds => ConnectionString(ds),
            hasStarted
        ).RunAsync(cancellationToken);
    }

    /// <summary>Runs the prechecks and insists that none fails; warnings pass.</summary>
    /// <returns>All items.</returns>
    /// <exception cref="OmsException">PrecheckFailed, naming every item that failed and its remedy.</exception>
    internal async Task<IReadOnlyList<PrecheckItem>> RequirePrecheckAsync(string project, CancellationToken cancellationToken)
    {
        var items = new List<PrecheckItem>();
        await foreach (var item in RunPrecheckAsync(project, cancellationToken))
            items.Add(item);
        var failed = items.Where(i => i.Result == PrecheckResult.Failed).ToList();
        if (failed.Count == 0)
            return items;
        throw new OmsException(
            "PrecheckFailed",
            OmsErrorKind.InvalidState,
            $"The precheck of project '{project}' failed: {string.Join(" | ", failed.Select(i => $"{i.Name} ({i.Target}): {i.Detail}"))}",
            string.Join(" | ", failed.Select(i => i.Remedy).Distinct()),
            project
        );
    }
}
