using System.CommandLine;
using Oms.Agent.Definitions;

namespace Oms.Agent.Commands;

internal static class RunCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The project file (JSON): data sources and projects." };
        var until = WaitCommand.Until();
        until.Description = "Stop once all links have got there: fullmigrated or synchronized. Without it, run until SIGINT or SIGTERM.";
        until.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "fullmigrated", "synchronized");
        var verify = new Option<bool>("--verify")
        {
            Description = "With --until: verify all projects before the links stop; exit status 1 when rows differ.",
        };
        var json = AgentCommand.Json("the status lines");
        var command = new Command("run", "Add the file's data sources and projects where they are missing, and run all its links.")
        {
            file,
            until,
            verify,
            json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(verify) && result.GetResult(until) is null)
                result.AddError("--verify needs --until.");
        });
        return command.Runs(
            AgentCommand.Home(),
            async (parsed, engine, stop) =>
            {
                var projects = ProjectFile.Read(parsed.GetRequiredValue(file)).AddTo(engine);
                var host = new LinkHost(engine, projects, parsed.GetValue(json));
                return await host.RunAsync(parsed.GetResult(until) is null ? null : parsed.GetValue(until), parsed.GetValue(verify), stop);
            }
        );
    }
}
