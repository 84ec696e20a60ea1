using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Remove-Module stops the links that the session runs: a link without its cmdlets could not be seen or stopped any
/// more.</summary>
public sealed class ModuleLifetime : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => OmsSession.Close();
}
