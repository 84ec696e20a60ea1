using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>Waits until all the links named to it have got so far together, and emits their statuses. Ctrl-C ends the wait, not the
/// links.</summary>
[Cmdlet(VerbsLifecycle.Wait, "OmsLink")]
[OutputType(typeof(LinkStatus))]
public sealed class WaitOmsLinkCommand : ProjectNameCmdlet
{
    private readonly List<string> _names = [];

    /// <summary>What to wait for.</summary>
    [Parameter]
    public LinkTarget Until { get; set; } = LinkTarget.Synchronized;

    /// <summary>Seconds after which the wait fails; without end when not given.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? TimeoutSec { get; set; }

    private protected override void Process(string name)
    {
        // A name that is not a project is that item's error now, rather than everybody's at the end.
        _ = Engine.GetProject(name);
        if (!_names.Contains(name))
            _names.Add(name);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_names.Count > 0)
            Attempt(string.Join(", ", _names), Wait);
    }

    private void Wait()
    {
        try
        {
            Pump(
                async (post, cancellationToken) =>
                {
                    var reached = await Engine.WaitAsync(
                        _names,
                        Until,
                        TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan,
                        status => post(() => WriteProgress(LinkProgressView.Record(status, _names.IndexOf(status.Project)))),
                        cancellationToken
                    );
                    post(() => WriteObject(reached, enumerateCollection: true));
                }
            );
        }
        finally
        {
            for (var i = 0; i < _names.Count; i++)
                WriteProgress(new ProgressRecord(i, _names[i], " ") { RecordType = ProgressRecordType.Completed });
        }
    }
}
