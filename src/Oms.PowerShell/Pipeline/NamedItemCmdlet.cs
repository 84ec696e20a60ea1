using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>A cmdlet that does one thing for each project named to it.</summary>
public abstract class ProjectNameCmdlet : OmsCmdlet
{
    /// <summary>Project names.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Project")]
    [ArgumentCompleter(typeof(ProjectNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    private protected abstract void Process(string name);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
            Attempt(name, () => Process(name));
    }
}

/// <summary>A cmdlet that does one thing for each data source named to it.</summary>
public abstract class DataSourceNameCmdlet : OmsCmdlet
{
    /// <summary>Data source identifiers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DataSourceNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    private protected abstract void Process(string name);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
            Attempt(name, () => Process(name));
    }
}
