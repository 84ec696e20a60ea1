using System.CommandLine;
using Oms.Agent.Output;

namespace Oms.Agent.Commands;

internal static class StatusCommand
{
    public static Command Create()
    {
        var pattern = new Argument<string?>("pattern")
        {
            Description = "Only the links whose name matches, wildcards * and ?.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = AgentCommand.Json("every status");
        return new Command("status", "Show the links: state, step, progress, latency.") { pattern, json }.Runs(
            AgentCommand.Home(),
            (parsed, engine, _) =>
            {
                var links = engine.GetLinks(parsed.GetValue(pattern));
                if (parsed.GetValue(json))
                {
                    foreach (var link in links)
                        JsonLine.Write(link);
                }
                else
                {
                    StatusTable.Write(links);
                }

                return Task.FromResult(0);
            }
        );
    }
}
