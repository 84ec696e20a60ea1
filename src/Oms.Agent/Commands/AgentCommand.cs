using System.CommandLine;
using System.Runtime.InteropServices;
using Oms.Agent.Output;

namespace Oms.Agent.Commands;

/// <summary>What all commands share: the home option, Ctrl-C, and errors as <c>error ID: message</c> with the remedy below.</summary>
internal static class AgentCommand
{
    public static Option<string?> Home() =>
        new("--home") { Description = "The metadata directory. Default: $OMS_HOME, else 'oms' in your data directory.", HelpName = "DIR" };

    public static Option<bool> Json(string what) => new("--json") { Description = $"Print {what} as JSON, one object a line." };

    public static Argument<string[]> Projects(string description, bool optional = false) =>
        new("projects") { Description = description, Arity = optional ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore };

    /// <summary>Gives the command its action: opens the engine, cancels on SIGINT and SIGTERM, maps errors to exit status 1.</summary>
    public static Command Runs(
        this Command command,
        Option<string?> home,
        Func<ParseResult, OmsEngine, CancellationToken, Task<int>> action
    )
    {
        command.Add(home);
        command.SetAction(async parsed =>
        {
            using var cancellation = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
            try
            {
                using var engine = OmsEngine.Open(parsed.GetValue(home), AgentWords.Words);
                return await action(parsed, engine, cancellation.Token);
            }
            catch (OmsException e)
            {
                Report(e);
                return 1;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                const int interrupted = 130;
                return interrupted;
            }
            catch (Exception e)
            {
                // Not foreseen: all of it, for a report of the fault.
                await Console.Error.WriteLineAsync($"error Unexpected: {e}");
                return 1;
            }

            void Cancel(PosixSignalContext context)
            {
                context.Cancel = true;
                cancellation.Cancel();
            }
        });
        return command;
    }

    public static void Report(OmsException error)
    {
        error = AgentWords.Words.Say(error);
        Console.Error.WriteLine($"error {error.Id}: {error.Message}");
        if (error.Remedy.Length > 0)
            Console.Error.WriteLine($"  {error.Remedy}");
    }
}
