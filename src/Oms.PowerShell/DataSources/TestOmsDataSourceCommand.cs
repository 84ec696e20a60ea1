using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Connects to data sources with the stored account and reports what it finds; a failure is a result, not an error.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OmsDataSource")]
[OutputType(typeof(DataSourceTest), typeof(bool))]
public sealed class TestOmsDataSourceCommand : DataSourceNameCmdlet
{
    /// <summary>Emits only whether the connection succeeded.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process(string name) =>
        Pump(
            async (post, cancellationToken) =>
            {
                var test = await Engine.TestDataSourceAsync(name, cancellationToken);
                post(() => WriteObject(Quiet ? test.Success : test));
            }
        );
}
