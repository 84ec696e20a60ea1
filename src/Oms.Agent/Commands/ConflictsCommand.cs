using System.CommandLine;
using Oms.Agent.Output;

namespace Oms.Agent.Commands;

internal static class ConflictsCommand
{
    public static Command Create()
    {
        var project = new Argument<string>("project") { Description = "The project whose conflicts to show." };
        var table = new Option<string?>("--table") { Description = "Only the conflicts of this table (db.table).", HelpName = "DB.TABLE" };
        var limit = new Option<int>("--limit")
        {
            Description = "At most so many, the newest first.",
            HelpName = "N",
            DefaultValueFactory = _ => 20,
        };
        var json = AgentCommand.Json("every conflict, with the rows' images,");
        return new Command("conflicts", "Show the conflicts that a link found at its destination, and what was done.")
        {
            project,
            table,
            limit,
            json,
        }.Runs(
            AgentCommand.Home(),
            async (parsed, engine, cancellation) =>
            {
                var asJson = parsed.GetValue(json);
                if (!asJson)
                    ConflictTable.WriteHeader();
                await foreach (
                    var conflict in engine.GetConflictsAsync(
                        parsed.GetRequiredValue(project),
                        new ConflictFilter { Table = parsed.GetValue(table), First = parsed.GetValue(limit) },
                        cancellation
                    )
                )
                {
                    if (asJson)
                        JsonLine.Write(conflict);
                    else
                        ConflictTable.Write(conflict);
                }

                return 0;
            }
        );
    }
}
