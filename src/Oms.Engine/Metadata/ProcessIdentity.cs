using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Oms.Metadata;

/// <summary>When a process began, as a text that stays the same while it lives: tells a process from a later one with the same
/// id.</summary>
internal static class ProcessIdentity
{
    /// <summary>The start of a living process; null when there is none with this id.</summary>
    public static string? StartOf(int processId) => OperatingSystem.IsLinux() ? StartOnLinux(processId) : StartElsewhere(processId);

    private static string? StartOnLinux(int processId)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{processId}/stat");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // proc(5): the command's name may hold spaces and parentheses; behind its last one follow the state (field 3) and, as field 22, the
        // start in ticks since boot.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var isDead = fields[0] is "Z" or "X";
        return isDead ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{fields[19]}";
    }

    private static string? StartElsewhere(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.HasExited ? null : process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
