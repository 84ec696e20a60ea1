using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Applies the losing version of recorded conflicts after all.</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "OmsConflict", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(ConflictRecord))]
public sealed class ResolveOmsConflictCommand : OmsCmdlet
{
    /// <summary>Conflicts as Get-OmsConflict emits them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public ConflictRecord[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var conflict in InputObject)
        {
            if (
                ShouldProcess(
                    $"{conflict.Database}.{conflict.Table} {conflict.Key} on {conflict.Server} (conflict {conflict.Id} of link {conflict.Project})",
                    "Apply the losing version"
                )
            )
                Attempt(
                    conflict,
                    () =>
                        Pump(
                            async (post, cancellationToken) =>
                            {
                                var resolved = await Engine.ResolveConflictAsync(conflict, cancellationToken);
                                post(() => WriteObject(resolved));
                            }
                        )
                );
        }
    }
}
