using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Oms.Integration.Tests.Servers;

/// <summary>A freshly initialised data directory a flavour, made once on a machine and copied for each server.</summary>
internal static class DataDirectoryTemplate
{
    /// <summary>The redo log's size must be the same when a template is made and used, or the server would rebuild it.</summary>
    public const string RedoLogSize = "16M";

    private static readonly TimeSpan InitialiseTimeout = TimeSpan.FromMinutes(3);

    /// <summary>Copies the flavour's template to <paramref name="dataDirectory"/>, making the template first when there is none.</summary>
    public static async Task CopyAsync(ServerInstallation installation, string dataDirectory)
    {
        var template = Path.Combine(TestRunDirectory.Root, $"template-{installation.Flavour}-{Fingerprint(installation)}");
        if (!Directory.Exists(template))
        {
            using var exclusive = await LockAsync(template + ".lock");
            if (!Directory.Exists(template))
                await InitialiseAsync(installation, template);
        }

        await RunAsync("/bin/cp", ["-a", "--reflink=auto", "--sparse=always", template, dataDirectory]);
    }

    /// <summary>Another build of the server gets a template of its own.</summary>
    private static string Fingerprint(ServerInstallation installation) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes($"{installation.Server} {File.GetLastWriteTimeUtc(installation.Server):O} {RedoLogSize}")
            )
        )[..12];

    private static async Task InitialiseAsync(ServerInstallation installation, string template)
    {
        var half = template + ".new";
        if (Directory.Exists(half))
            Directory.Delete(half, recursive: true);
        if (installation.InstallDatabase is { } installDatabase)
        {
            // Without the "normal" authentication method root could come in over the socket only.
            await RunAsync(
                installDatabase,
                [
                    "--no-defaults",
                    $"--user={Environment.UserName}",
                    $"--datadir={half}",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                    "--skip-name-resolve",
                    $"--innodb-log-file-size={RedoLogSize}",
                ]
            );
        }
        else
        {
            await RunAsync(
                installation.Server,
                [
                    "--no-defaults",
                    "--initialize-insecure",
                    $"--user={Environment.UserName}",
                    $"--datadir={half}",
                    "--secure-file-priv=",
                    $"--innodb-redo-log-capacity={RedoLogSize}",
                ]
            );
            // The server's UUID: each copy makes its own.
            File.Delete(Path.Combine(half, "auto.cnf"));
        }

        Directory.Move(half, template);
    }

    private static async Task<FileStream> LockAsync(string path)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (deadline.Elapsed < InitialiseTimeout)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50)); // another process initialises; .NET has no waiting file lock
            }
        }
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // A server that starts deletes the temporary tables that it finds in the common folder, others' too.
        start.Environment["TMPDIR"] = TestRunDirectory.Root;
        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(InitialiseTimeout);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await output}{await errors}");
    }
}
