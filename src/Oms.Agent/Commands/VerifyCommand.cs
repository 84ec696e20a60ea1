using System.CommandLine;
using Oms.Agent.Output;

namespace Oms.Agent.Commands;

internal static class VerifyCommand
{
    public static Command Create()
    {
        var projects = AgentCommand.Projects("The projects to verify.");
        var tables = new Option<string[]>("--table")
        {
            Description = "Only this table (db.table); may be repeated.",
            HelpName = "DB.TABLE",
        };
        var rows = new Option<bool>("--rows") { Description = "With --json: each difference holds the rows of both sides." };
        var json = AgentCommand.Json("every table's result");
        return new Command("verify", "Compare the projects' tables at source and destination by checksums; exit status 1 when rows differ.")
        {
            projects,
            tables,
            rows,
            json,
        }.Runs(
            AgentCommand.Home(),
            async (parsed, engine, cancellation) =>
            {
                var consistent = true;
                foreach (var project in parsed.GetRequiredValue(projects))
                    consistent &= await VerifyAsync(
                        engine,
                        project,
                        parsed.GetValue(tables),
                        parsed.GetValue(rows),
                        parsed.GetValue(json),
                        cancellation
                    );
                return consistent ? 0 : 1;
            }
        );
    }

    /// <summary>Verifies one project and prints each table as it is done; whether all were consistent.</summary>
    public static async Task<bool> VerifyAsync(
        OmsEngine engine,
        string project,
        string[]? tables,
        bool rows,
        bool json,
        CancellationToken cancellation
    )
    {
        var consistent = true;
        if (!json)
            ConsistencyTable.WriteHeader();
        await foreach (var table in engine.TestConsistencyAsync(project, tables is { Length: > 0 } ? tables : null, rows, cancellation))
        {
            consistent &= table.Consistent;
            if (json)
                JsonLine.Write(table);
            else
                ConsistencyTable.Write(table);
        }

        return consistent;
    }
}
