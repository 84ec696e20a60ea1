using System.CommandLine;

namespace Oms.Agent.Commands;

internal static class StartCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var projects = AgentCommand.Projects("The projects whose links to start.");
        return new Command(
            "start",
            "Have the agent that runs the projects' file start links again that have failed, once the cause is mended."
        )
        {
            projects,
        }.Runs(
            AgentCommand.Home(),
            async (parsed, engine, cancellation) =>
            {
                foreach (var name in parsed.GetRequiredValue(projects))
                    await engine.StartElsewhereAsync(name, s_patience, cancellation);
                return 0;
            }
        );
    }
}
