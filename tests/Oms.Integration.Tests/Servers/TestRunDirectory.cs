using System.Diagnostics;

namespace Oms.Integration.Tests.Servers;

/// <summary>
/// This test process's directory in the temp folder. It holds a lock that ends with the process, so that the next run knows a dead one's
/// directory, ends the servers that were left running in it and removes it.
/// </summary>
internal sealed class TestRunDirectory : IDisposable
{
    private const string LockFile = "lock";
    private const string PidFile = "server.pid";

    private static readonly Lazy<TestRunDirectory> Instance = new(() => new TestRunDirectory());
    private readonly FileStream _lock;
    private int _servers;

    private TestRunDirectory()
    {
        Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var earlier in Directory.GetDirectories(Root, "run-*"))
            RemoveIfDead(earlier);
        Location = Path.Combine(Root, $"run-{Environment.ProcessId}-{Guid.NewGuid():N}"[..24]);
        Directory.CreateDirectory(Location);
        _lock = new FileStream(Path.Combine(Location, LockFile), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>Shared by all runs of this user: templates and the runs' directories. Short, since a socket's path must fit into 107
    /// characters.</summary>
    public static string Root { get; } = Path.Combine(Path.GetTempPath(), $"oms-test-{Environment.UserName}");

    public static TestRunDirectory Current => Instance.Value;

    public string Location { get; }

    /// <summary>At the end of the process: removes what is left of this run.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        Remove(Location);
    }

    /// <summary>A directory name for one server of this run; it doesn't exist yet.</summary>
    public string NewServerDirectory() => Path.Combine(Location, "s" + Interlocked.Increment(ref _servers));

    /// <summary>Notes the process that serves from a server directory, for a later run to find.</summary>
    public static void NotePid(string serverDirectory, int pid) =>
        File.WriteAllText(Path.Combine(serverDirectory, PidFile), pid.ToString());

    private static void RemoveIfDead(string run)
    {
        try
        {
            using var held = new FileStream(Path.Combine(run, LockFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (FileNotFoundException)
        {
            // Either a process that is just making it or half removed; the age decides.
            if (DateTime.UtcNow - Directory.GetCreationTimeUtc(run) < TimeSpan.FromMinutes(1))
                return;
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }
        catch (IOException)
        {
            return;
        }

        Remove(run);
    }

    private static void Remove(string run)
    {
        foreach (var pidFile in Directory.GetFiles(run, PidFile, SearchOption.AllDirectories))
            KillServer(int.Parse(File.ReadAllText(pidFile)), Path.GetDirectoryName(pidFile)!);
        Directory.Delete(run, recursive: true);
    }

    /// <summary>Kills the process only if its command line names the server directory: process ids are reused.</summary>
    private static void KillServer(int pid, string serverDirectory)
    {
        try
        {
            if (!File.ReadAllText($"/proc/{pid}/cmdline").Contains(serverDirectory, StringComparison.Ordinal))
                return;
            using var process = Process.GetProcessById(pid);
            process.Kill();
            process.WaitForExit(TimeSpan.FromSeconds(10));
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException)
        {
            // It is gone already.
        }
    }
}
