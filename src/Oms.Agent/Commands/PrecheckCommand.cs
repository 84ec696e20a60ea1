using System.CommandLine;
using Oms.Agent.Output;
using Oms.Precheck;

namespace Oms.Agent.Commands;

internal static class PrecheckCommand
{
    public static Command Create()
    {
        var projects = AgentCommand.Projects("The projects to check.");
        var json = AgentCommand.Json("every check");
        return new Command("precheck", "Check both servers before a project starts; exit status 1 when a check failed.")
        {
            projects,
            json,
        }.Runs(
            AgentCommand.Home(),
            async (parsed, engine, cancellation) =>
            {
                var passed = true;
                var table = new TextTable(("Check", -24), ("Target", -24), ("Result", -8), ("Detail", -1));
                foreach (var project in parsed.GetRequiredValue(projects))
                {
                    if (!parsed.GetValue(json))
                        table.WriteHeader();
                    await foreach (var item in engine.PrecheckAsync(project, cancellation))
                    {
                        passed &= item.Result != PrecheckResult.Failed;
                        if (parsed.GetValue(json))
                            JsonLine.Write(item);
                        else
                            table.Write(
                                item.Name,
                                item.Target,
                                item.Result.ToString(),
                                item.Remedy is { } remedy ? $"{item.Detail} {remedy}" : item.Detail
                            );
                    }
                }

                return passed ? 0 : 1;
            }
        );
    }
}
