using Newtonsoft.Json.Serialization;
using Oms.Context;
using Oms.Hosting;

namespace Oms.Agent.Output;

/// <summary>
/// What a person can do with the engine, as commands of the agent and properties of its project file. What the agent has no command for is
/// done with the PowerShell module, which sees the same home.
/// </summary>
internal sealed class AgentWords : HostWords
{
    private static readonly CamelCaseNamingStrategy s_inFile = new();

    public static AgentWords Words { get; } = new();

    /// <inheritdoc/>
    public override string Of(HostCommand command) =>
        command.Action switch
        {
            HostAction.ShowLinks => "oms-agent status",
            HostAction.StartLink => "oms-agent start",
            HostAction.StartLinkInSession => InPowerShell("Start-OmsLink"),
            HostAction.ChooseVersion => InPowerShell(
                $"Start-OmsLink -Name {command.Arguments[0]} -ConflictChoice SourceWins (or DestinationWins)"
            ),
            HostAction.MoveSource => $"oms-agent start{First(command)} --move-source",
            HostAction.StopLink => $"oms-agent stop{First(command)}",
            HostAction.ResumeLink => InPowerShell("Resume-OmsLink"),
            HostAction.WaitForSchema => $"oms-agent wait{First(command)} --until schemamigrated",
            HostAction.WaitLimit => "--timeout",
            HostAction.SkipDdl => $"{InPowerShell("Skip-OmsDdl")} and oms-agent start",
            HostAction.ShowConflicts => "oms-agent conflicts",
            HostAction.ShowClashes => $"oms-agent conflicts{First(command)}",
            HostAction.Precheck => "oms-agent precheck",
            HostAction.ListDataSources => "Name one that the project file has under dataSources, or add it there",
            HostAction.ChangeDataSource => command.Arguments switch
            {
                [] => InPowerShell("Set-OmsDataSource"),
                [var dataSource, var property, ..] =>
                    $"{Property(command.Arguments.Skip(1))} of data source '{dataSource}' in the project file, once it is set with {InPowerShell($"Set-OmsDataSource {dataSource} -{property}")}",
                [var dataSource] => InPowerShell($"Set-OmsDataSource {dataSource}"),
            },
            HostAction.DataSourceOption or HostAction.ProjectOption => Property(command.Arguments),
            HostAction.GivePassword =>
                $"the password of {(command.Arguments is [var named, ..] ? $"data source '{named}'" : "each data source")} in the project file (or where the file says that it is kept), for an agent that runs it",
            HostAction.ListProjects => "Look at the projects with oms-agent status, or add it to the project file",
            HostAction.RemoveProject => InPowerShell($"Remove-OmsProject{First(command)}"),
            HostAction.ProjectMapping when command.Arguments is [var property, var from, var to] =>
                $"\"{s_inFile.GetPropertyName(property, false)}\": {{ \"{from}\": \"{to}\" }} in the project file",
            HostAction.RunProjectFile => "oms-agent run",
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No words for it."),
        };

    private static string InPowerShell(string cmdlet) => $"{cmdlet} in PowerShell (on this home)";

    private static string First(HostCommand command) => command.Arguments is [var project, ..] ? $" {project}" : "";

    private static string Property(IEnumerable<string> property) =>
        string.Join(
            ": ",
            property.Select((part, index) => $"\"{(index == 0 ? s_inFile.GetPropertyName(part, false) : part.Trim('\''))}\"")
        );
}
