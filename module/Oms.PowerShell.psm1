# The cmdlets live in a load context of their own (Oms.Loader.dll), so that their dependencies stay out of this session.
$cmdlets = Import-Module -Assembly ([Oms.Loader.ModuleLoadContext]::Module) -PassThru

# Without this a second import finds the first one's module in a cache and exports nothing. Removing it also stops the session's links.
$ExecutionContext.SessionState.Module.OnRemove = { Remove-Module -ModuleInfo $cmdlets -Force }
