using System.CommandLine;

namespace Oms.Agent.Commands;

internal static class StopCommand
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var projects = AgentCommand.Projects("The projects whose links to stop.");
        return new Command("stop", "Stop links after the transactions in flight, whichever process runs them; 'run' resumes them.")
        {
            projects,
        }.Runs(
            AgentCommand.Home(),
            async (parsed, engine, cancellation) =>
            {
                var names = parsed.GetRequiredValue(projects);
                foreach (var name in names)
                    engine.RequestStop(name);
                await engine.WaitAsync(names, LinkTarget.Stopped, StopTimeout, cancellationToken: cancellation);
                return 0;
            }
        );
    }
}
