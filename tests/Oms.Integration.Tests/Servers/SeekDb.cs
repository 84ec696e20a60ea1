using System.Diagnostics;

namespace Oms.Integration.Tests.Servers;

/// <summary>
/// Where OceanBase's kernel is: in the folder <c>$OMS_SEEKDB</c>, else among the installed servers (<c>tests/servers/install.sh seekdb</c>
/// puts it there), else in the archive <c>shared/oceanbase/seekdb.tar.xz</c> beside the repository, which is unpacked once.
/// </summary>
internal static class SeekDb
{
    private const string Name = "seekdb";

    private static readonly Lazy<string> s_program = new(Find);

    /// <summary>The program, which need not be there.</summary>
    public static string Program => s_program.Value;

    /// <summary>The smallest settings with which a new folder starts. Without the last one a kernel that is killed under load can come back
    /// with transactions of no session, whose rows stay locked for ever (seen on 1.4.0).</summary>
    public static IReadOnlyList<string> FirstSettings { get; } =
    ["datafile_size=64M", "datafile_next=64M", "log_disk_size=2G", "memory_budget=1G", "_private_buffer_size=0B"];

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("OMS_SEEKDB") is { Length: > 0 } given)
            return Path.Combine(given, Name);
        var program = Path.Combine(ServerInstallation.Prefix, Name, Name);
        if (!File.Exists(program) && FindArchive() is { } archive)
            Unpack(archive, Path.GetDirectoryName(program)!);
        return program;
    }

    private static string? FindArchive()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var archive = Path.Combine(folder.FullName, "shared", "oceanbase", "seekdb.tar.xz");
            if (File.Exists(archive))
                return archive;
        }
        return null;
    }

    private static void Unpack(string archive, string target)
    {
        var half = $"{target}.{Environment.ProcessId}";
        Directory.CreateDirectory(half);
        using (var tar = Process.Start("tar", ["-C", half, "--strip-components=1", "-xJf", archive]))
        {
            tar.WaitForExit();
            if (tar.ExitCode != 0)
                throw new InvalidOperationException($"tar ended with {tar.ExitCode} on {archive}.");
        }
        try
        {
            Directory.Move(half, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another process was faster.
            Directory.Delete(half, recursive: true);
        }
    }
}
