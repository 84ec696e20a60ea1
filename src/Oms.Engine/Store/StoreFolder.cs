using Oms.MySql.Ddl;

namespace Oms.Store;

/// <summary>What stands where in a project's folder: the source's identity and the history of its schema, which nothing can bring back, and
/// in a folder of its own its log, which the source may still have.</summary>
internal static class StoreFolder
{
    private const string All = "store",
        Log = "log",
        Aside = "aside";

    /// <summary>A project's folder in the metadata directory.</summary>
    public static string Of(string home, string project) => Path.Combine(home, All, project);

    /// <summary>The folder of the log; what an earlier version has left beside it is moved there.</summary>
    public static string OfLog(string project)
    {
        var folder = Path.Combine(project, Log);
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.GetFiles(project))
        {
            if (LogSegment.Open(path, out var isWhole) is not { } segment || File.Exists(Path.Combine(folder, Path.GetFileName(path))))
                continue;
            if (isWhole)
                SegmentScan.Run(segment, null, out _, makesChecksums: true);
            foreach (var suffix in new[] { SegmentIndexFile.Suffix, SegmentChecksums.Suffix, "" })
            {
                if (File.Exists(path + suffix))
                    File.Move(path + suffix, Path.Combine(folder, Path.GetFileName(path) + suffix), overwrite: true);
            }
        }
        DirectorySync.Flush(folder);
        return folder;
    }

    /// <summary>The project's folder, given that of its log.</summary>
    public static string OfProject(string log) => Path.GetFileName(log) == Log ? Path.GetDirectoryName(log)! : log;

    /// <summary>Moves a file of the log out of the way, for whoever wants to look at it: it goes with the log of its age.</summary>
    /// <returns>Where it is.</returns>
    public static string PutAside(string path)
    {
        var target = AsidePath(path);
        File.Move(path, target, overwrite: true);
        return target;
    }

    /// <summary>Where a file of the log stands when it is out of the way.</summary>
    public static string AsidePath(string path)
    {
        var folder = Path.Combine(Path.GetDirectoryName(path)!, Aside);
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, Path.GetFileName(path));
    }

    /// <summary>Removes what was put aside and was written before a time.</summary>
    public static void RemoveAside(string log, DateTime olderThan)
    {
        var folder = new DirectoryInfo(Path.Combine(log, Aside));
        if (!folder.Exists)
            return;
        foreach (var file in folder.EnumerateFiles().Where(f => f.LastWriteTimeUtc < olderThan))
            file.Delete();
    }
}
