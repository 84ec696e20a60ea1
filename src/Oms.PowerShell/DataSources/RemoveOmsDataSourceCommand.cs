using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Removes data sources that no project names.</summary>
[Cmdlet(VerbsCommon.Remove, "OmsDataSource", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(DataSource))]
public sealed class RemoveOmsDataSourceCommand : DataSourceNameCmdlet
{
    /// <summary>Emits the data source that was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(string name)
    {
        var dataSource = Engine.GetDataSource(name);
        if (!ShouldProcess($"data source {name} ({dataSource.User} at {dataSource.Host}:{dataSource.Port})", "Remove"))
            return;
        Engine.RemoveDataSource(name);
        if (PassThru)
            WriteObject(dataSource);
    }
}
