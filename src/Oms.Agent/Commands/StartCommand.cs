using System.CommandLine;

namespace Oms.Agent.Commands;

internal static class StartCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var projects = AgentCommand.Projects("The projects whose links to start.");
        var move = new Option<bool>("--move-source")
        {
            Description = "Move them, by GTID, to the server that their source leads to by now: a promoted replica of the one before.",
        };
        return new Command(
            "start",
            "Have the agent that runs the projects' file start links again that have failed, once the cause is mended."
        )
        {
            projects,
            move,
        }.Runs(
            AgentCommand.Home(),
            async (parsed, engine, cancellation) =>
            {
                foreach (var name in parsed.GetRequiredValue(projects))
                {
                    if (parsed.GetValue(move))
                        engine.MoveSource(name);
                    await engine.StartElsewhereAsync(name, s_patience, cancellation);
                }
                return 0;
            }
        );
    }
}
