using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Agent;

/// <summary>oms-agent as a process of its own, with a home and a project file in a directory of the test.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task<string> _errors;

    private AgentProcess(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    public static AgentProcess Start(params string[] arguments) =>
        new(
            Process.Start(
                new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "oms-agent"), arguments)
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!
        );

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var agent = Start(arguments);
        return await agent.EndAsync();
    }

    /// <summary>Reads the agent's output up to a line with this text: a status line of a link is there once the link runs.</summary>
    public async Task SaysAsync(string text)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            _output.AppendLine(line);
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        }

        throw new InvalidOperationException($"The agent ended without '{text}': {await _errors}");
    }

    /// <summary>SIGTERM, as a service manager sends it, and then the end.</summary>
    public async Task<(int Status, string Output, string Errors)> TerminateAsync()
    {
        const int terminate = 15;
        _ = Kill(_process.Id, terminate);
        return await EndAsync();
    }

    public async Task<(int Status, string Output, string Errors)> EndAsync(TimeSpan? patience = null)
    {
        using var timeout = new CancellationTokenSource(patience ?? Patience);
        _output.Append(await _process.StandardOutput.ReadToEndAsync(timeout.Token));
        await _process.WaitForExitAsync(timeout.Token);
        return (_process.ExitCode, _output.ToString(), await _errors);
    }

    /// <summary>Throws when the agent has ended by itself.</summary>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
            throw new InvalidOperationException(
                $"The agent had ended by itself with {_process.ExitCode}: {_errors.GetAwaiter().GetResult()}"
            );
    }

    /// <summary>SIGKILL: a crash of an agent that still runs.</summary>
    public async Task KillAsync()
    {
        ThrowIfEnded();
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGKILL, if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>Writes a project file with the projects "work" and, active-active, "work-reverse"; passwords stand in private files beside
    /// it.</summary>
    public static string WriteProjectFile(
        string directory,
        TestServer source,
        TestAccount sourceAccount,
        TestServer destination,
        TestAccount destinationAccount,
        string objects
    ) =>
        Write(
            directory,
            source,
            sourceAccount,
            destination,
            destinationAccount,
            $$"""
                { "name": "work", "scenario": "ActiveActive", "source": "a", "destination": "b", "objects": ["{{objects}}"] },
                { "name": "work-reverse", "reverseOf": "work" }
            """
        );

    /// <summary>The same with migrations of these names and objects.</summary>
    public static string WriteProjectFile(
        string directory,
        TestServer source,
        TestServer destination,
        params (string Name, string Objects)[] projects
    ) =>
        Write(
            directory,
            source,
            source.Root,
            destination,
            destination.Root,
            string.Join(
                ",\n",
                projects.Select(p => $$"""    { "name": "{{p.Name}}", "source": "a", "destination": "b", "objects": ["{{p.Objects}}"] }""")
            )
        );

    private static string Write(
        string directory,
        TestServer source,
        TestAccount sourceAccount,
        TestServer destination,
        TestAccount destinationAccount,
        string entries
    )
    {
        static string Tls(TestServer server) => server.CaFile is { } file ? $"\"tlsCaFile\": \"{file}\", " : "";
        foreach (var (name, account) in new[] { ("a", sourceAccount), ("b", destinationAccount) })
        {
            var password = Path.Combine(directory, $"{name}.password");
            File.WriteAllText(password, account.Password);
            File.SetUnixFileMode(password, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var path = Path.Combine(directory, "project.json");
        File.WriteAllText(
            path,
            $$"""
            {
              "dataSources": [
                { "name": "a", "type": "{{source.Type}}", "region": "region-a", "host": "127.0.0.1", "port": {{source.Port}}, "user": "{{sourceAccount.User}}", {{Tls(source)}}"passwordFile": "a.password" },
                { "name": "b", "type": "{{destination.Type}}", "region": "region-b", "host": "127.0.0.1", "port": {{destination.Port}}, "user": "{{destinationAccount.User}}", {{Tls(
                destination
            )}}"passwordFile": "b.password" }
              ],
              "projects": [
            {{entries}}
              ]
            }
            """
        );
        return path;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}
