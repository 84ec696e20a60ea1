using System.Management.Automation;
using Oms.Precheck;

namespace Oms.PowerShell;

/// <summary>Runs a project's prechecks on both servers; each item is emitted as it is found.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "OmsPrecheck")]
[OutputType(typeof(PrecheckItem))]
public sealed class InvokeOmsPrecheckCommand : ProjectNameCmdlet
{
    private protected override void Process(string name)
    {
        var progress = new ProgressRecord(0, $"Precheck of {name}", "Connecting");
        WriteProgress(progress);
        try
        {
            PumpEach(
                cancellationToken => Engine.PrecheckAsync(name, cancellationToken),
                item =>
                {
                    progress.StatusDescription = $"{item.Name} {item.Target}: {item.Result}";
                    WriteProgress(progress);
                    WriteObject(item);
                }
            );
        }
        finally
        {
            progress.RecordType = ProgressRecordType.Completed;
            WriteProgress(progress);
        }
    }
}
