// Contracts of parts that are being written; this file goes when they have landed.
#pragma warning disable

namespace Oms
{
    public sealed partial class OmsEngine
    {
        internal Task RequirePrecheckAsync(string project, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
}
