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
        await foreach (var item in Precheck(project).RunAsync(cancellationToken))
            yield return item with
            {
                Detail = _words.Say(item.Detail),
                Remedy = _words.Say(item.Remedy),
            };
    }

    /// <summary>The prechecks of a project, to be run.</summary>
    internal PrecheckRun Precheck(string project)
    {
        var definition = GetProject(project);
        return new PrecheckRun(
            definition,
            GetDataSource(definition.Source),
            GetDataSource(definition.Destination),
            ds => SessionOptions(ds),
            new LinkMemory(_metadata, definition.Name).HasPassedPrecheck
        );
    }
}
