using System.CommandLine;

namespace Oms.Agent.Commands;

internal static class WaitCommand
{
    public static Command Create()
    {
        var projects = AgentCommand.Projects("The projects whose links to wait for.");
        var until = Until();
        until.DefaultValueFactory = _ => LinkTarget.Synchronized;
        var timeout = new Option<double>("--timeout")
        {
            Description = "Give up after so many seconds.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => TimeSpan.FromHours(1).TotalSeconds,
        };
        return new Command("wait", "Wait until all the links have reached a target together.") { projects, until, timeout }.Runs(
            AgentCommand.Home(),
            async (parsed, engine, cancellation) =>
            {
                await engine.WaitAsync(
                    parsed.GetRequiredValue(projects),
                    parsed.GetValue(until),
                    TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                    cancellationToken: cancellation
                );
                return 0;
            }
        );
    }

    /// <summary>The <c>--until</c> option, its values in lower case.</summary>
    public static Option<LinkTarget> Until() =>
        new("--until")
        {
            Description =
                "What to wait for: schemamigrated, fullmigrated, synchronized (all that was committed at the source before is at the destination) or stopped.",
            HelpName = "TARGET",
        };
}
