using System.CommandLine;
using Oms.Agent.Commands;

var root = new RootCommand(
    "Runs and watches the links of Oms.PowerShell: migration, synchronization and active-active between regions, without PowerShell."
)
{
    RunCommand.Create(),
    PrecheckCommand.Create(),
    StatusCommand.Create(),
    WaitCommand.Create(),
    VerifyCommand.Create(),
    ConflictsCommand.Create(),
    StartCommand.Create(),
    StopCommand.Create(),
};

// Commands report their own errors and stop their links on SIGINT and SIGTERM: the library's time limit for that would kill a link that is
// still committing.
return await root.Parse(args)
    .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
