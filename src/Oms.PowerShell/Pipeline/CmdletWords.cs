using Oms.Context;
using Oms.Hosting;
using Oms.Objects;

namespace Oms.PowerShell;

/// <summary>What a person can do with the engine, as cmdlets and their parameters.</summary>
internal sealed class CmdletWords : HostWords
{
    public static CmdletWords Words { get; } = new();

    /// <inheritdoc/>
    public override string Of(HostCommand command) =>
        command.Action switch
        {
            HostAction.ShowLinks => "Get-OmsLink",
            HostAction.StartLink or HostAction.StartLinkInSession => "Start-OmsLink",
            HostAction.ChooseVersion => $"Start-OmsLink{Name(command)} -ConflictChoice SourceWins (or DestinationWins)",
            HostAction.MoveSource => $"Start-OmsLink{Name(command)} -MoveSource",
            HostAction.StopLink => $"Stop-OmsLink{Name(command)}",
            HostAction.ResumeLink => "Resume-OmsLink",
            HostAction.WaitForSchema => $"Wait-OmsLink{Name(command)} -Until SchemaMigrated",
            HostAction.WaitLimit => "-TimeoutSec",
            HostAction.SkipDdl => "Skip-OmsDdl",
            HostAction.ShowConflicts => "Get-OmsConflict",
            HostAction.ShowClashes => $"Get-OmsConflict {command.Arguments[0]} -Kind UniqueKey",
            HostAction.Precheck => "Invoke-OmsPrecheck",
            HostAction.ListDataSources => "List the data sources with Get-OmsDataSource",
            HostAction.ChangeDataSource => command.Arguments switch
            {
                [] => "Set-OmsDataSource",
                [var dataSource, ..] => $"Set-OmsDataSource {dataSource} {Option(command.Arguments.Skip(1))}".TrimEnd(),
            },
            HostAction.DataSourceOption or HostAction.ProjectOption => Option(command.Arguments),
            HostAction.GivePassword =>
                $"Set-OmsDataSource {command.Arguments.ElementAtOrDefault(0) ?? "NAME"} -Credential (Get-Credential {command.Arguments.ElementAtOrDefault(1) ?? "USER"})",
            HostAction.ListProjects => "List the projects with Get-OmsProject",
            HostAction.RemoveProject => $"Remove-OmsProject{Name(command)}",
            HostAction.ProjectMapping when command.Arguments is [var property, var from, var to] =>
                $"{Parameter(property)} @{{ {Key(from)} = '{to}' }}",
            HostAction.RunProjectFile => "oms-agent run",
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No words for it."),
        };

    private static string Name(HostCommand command) => command.Arguments is [var project, ..] ? $" -Name {project}" : "";

    private static string Option(IEnumerable<string> option) =>
        string.Join(' ', option.Select((part, index) => index == 0 ? Parameter(part) : part));

    // A parameter stands for one value and takes many: its name is in the singular.
    private static string Parameter(string property) => $"-{(property is "Tls" ? property : property.TrimEnd('s'))}";

    private static string Key(string name) => name.All(char.IsAsciiLetterOrDigit) ? name : $"'{name}'";
}
