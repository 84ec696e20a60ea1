using System.Diagnostics;

namespace Oms.Tests.Disks;

/// <summary>A disk of a few megabytes that can really be full: a tmpfs, which only root may mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string directory) => Folder = directory;

    /// <summary>The disk's root folder.</summary>
    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>Why there is none to be had here; null when there is.</summary>
    public static string? WhyMissing { get; } = Try();

    public static SmallDisk Mount(int megabytes)
    {
        var directory = Directory.CreateTempSubdirectory("oms-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0700", "tmpfs", directory) is { } failure)
        {
            Directory.Delete(directory);
            throw new InvalidOperationException(failure);
        }
        return new SmallDisk(directory);
    }

    /// <summary>Fills the disk until so many bytes are free; 0: to the last.</summary>
    public void Fill(long leave = 0)
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (new DriveInfo(Folder).AvailableFreeSpace is var free && free > leave)
                file.Write(new byte[Math.Min(1 << 16, free - leave)]);
        }
        catch (IOException) when (leave == 0)
        {
            // Now it is full.
        }
    }

    /// <summary>Takes away what <see cref="Fill"/> has put there.</summary>
    public void MakeRoom() => File.Delete(Filler);

    public void Dispose()
    {
        if (Run("umount", "--lazy", Folder) is { } failure)
            throw new InvalidOperationException(failure);
        Directory.Delete(Folder);
    }

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux())
            return "A full disk needs a tmpfs, which only Linux has.";
        if (!Environment.IsPrivilegedProcess)
            return "A full disk needs a tmpfs, which only root may mount.";
        try
        {
            using var disk = Mount(1);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"A full disk needs a tmpfs, which can't be mounted here: {e.Message}";
        }
    }

    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program}: {errors}";
    }
}
