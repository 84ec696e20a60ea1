using Oms.Precheck;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Runs the prechecks against both servers; items come as they are found.</summary>
    public IAsyncEnumerable<PrecheckItem> PrecheckAsync(string project, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
