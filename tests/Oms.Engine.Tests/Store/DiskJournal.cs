using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Oms.Engine.Tests.Store;

/// <summary>
/// What a process did to the files of a folder, call by call, as strace saw it; and from that what a machine whose power was cut in between
/// could hold: all that was synced, and of the rest anything.
/// </summary>
internal sealed partial class DiskJournal
{
    private readonly string _folder;
    private readonly List<(string Call, string Path, string? Other, byte[] Data, long Offset)> _calls = [];

    private DiskJournal(string folder) => _folder = folder;

    /// <summary>Why no process can be watched here; null when it can.</summary>
    public static string? WhyMissing { get; } = Try();

    public int Calls => _calls.Count;

    /// <summary>Runs the program under strace and notes what it does in the folder.</summary>
    public static DiskJournal Record(string folder, ProcessStartInfo program)
    {
        var output = folder + ".strace";
        List<string> options =
        [
            "-f",
            "-y",
            "-xx",
            "-s",
            "1000000",
            "-e",
            "trace=openat,open,pwrite64,write,fsync,fdatasync,ftruncate,rename,unlink",
            "-o",
            output,
            "--",
            program.FileName,
            .. program.ArgumentList,
        ];
        using (var process = Process.Start(new ProcessStartInfo("strace", options))!)
        {
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
        var journal = new DiskJournal(folder);
        var begun = new Dictionary<string, string>();
        foreach (var line in File.ReadLines(output))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var (thread, call) = (line[..space], line[space..].Trim());
            if (call.EndsWith(" <unfinished ...>", StringComparison.Ordinal))
            {
                begun[thread] = call[..^" <unfinished ...>".Length];
                continue;
            }
            if (Resumed().Match(call) is { Success: true } resumed && begun.Remove(thread, out var beginning))
                call = beginning + call[resumed.Length..];
            journal.Add(call);
        }
        File.Delete(output);
        return journal;
    }

    /// <summary>Puts a folder into a state in which a cut behind so many calls could leave it.</summary>
    /// <param name="random">What of the unsynced is there; null: nothing.</param>
    public void Restore(string target, int calls, Random? random)
    {
        var files = new Dictionary<string, (List<(byte[] Data, long Offset)> Pending, byte[] Synced, bool IsNamed)>();
        foreach (var (call, path, other, data, offset) in _calls.Take(calls))
        {
            var file = files.GetValueOrDefault(path, ([], [], false));
            switch (call)
            {
                case "create":
                    files[path] = file;
                    break;
                case "write":
                    file.Pending.Add((data, offset));
                    files[path] = file;
                    break;
                case "truncate":
                    files[path] = ([], Apply(file, _ => true)[..(int)offset], file.IsNamed);
                    break;
                case "sync" when files.ContainsKey(path):
                    files[path] = ([], Apply(file, _ => true), file.IsNamed);
                    break;
                case "sync": // a folder
                    foreach (var name in files.Keys.Where(f => Path.GetDirectoryName(f) == path).ToList())
                        files[name] = files[name] with { IsNamed = true };
                    break;
                case "rename":
                    files.Remove(path);
                    files[other!] = file;
                    break;
                case "unlink":
                    files.Remove(path);
                    break;
            }
        }
        foreach (var (path, file) in files)
        {
            if (!file.IsNamed && random?.Next(2) is not 1)
                continue;
            var place = Path.Combine(target, Path.GetRelativePath(_folder, path));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.WriteAllBytes(place, Apply(file, _ => random?.Next(2) is 1));
        }
    }

    /// <summary>What stood in a file at a moment, for the process itself.</summary>
    public string TextAt(string path, int calls)
    {
        var text = new StringBuilder();
        foreach (var (call, at, _, data, _) in _calls.Take(calls))
        {
            if (call == "write" && at == path)
                text.Append(Encoding.UTF8.GetString(data));
        }
        return text.ToString();
    }

    // A write that is not there and has one behind it leaves zeros.
    private static byte[] Apply((List<(byte[] Data, long Offset)> Pending, byte[] Synced, bool) file, Func<long, bool> survives)
    {
        var bytes = file.Synced;
        foreach (var (data, offset) in file.Pending.Where(w => survives(w.Offset)))
        {
            if (bytes.Length < offset + data.Length)
                Array.Resize(ref bytes, (int)offset + data.Length);
            else
                bytes = [.. bytes];
            data.CopyTo(bytes, offset);
        }
        return bytes;
    }

    private void Add(string call)
    {
        if (Open().Match(call) is { Success: true } open)
            Note("create", Decode(open.Groups[1].Value));
        else if (Write().Match(call) is { Success: true } write)
            Note(
                "write",
                Decode(write.Groups[1].Value),
                data: Bytes(write.Groups[2].Value),
                offset: write.Groups[3].Success ? long.Parse(write.Groups[3].Value, CultureInfo.InvariantCulture) : 0
            );
        else if (Sync().Match(call) is { Success: true } sync)
            Note("sync", Decode(sync.Groups[1].Value));
        else if (Truncate().Match(call) is { Success: true } truncate)
            Note("truncate", Decode(truncate.Groups[1].Value), offset: long.Parse(truncate.Groups[2].Value, CultureInfo.InvariantCulture));
        else if (Rename().Match(call) is { Success: true } rename)
            Note("rename", Decode(rename.Groups[1].Value), Decode(rename.Groups[2].Value));
        else if (Unlink().Match(call) is { Success: true } unlink)
            Note("unlink", Decode(unlink.Groups[1].Value));
    }

    private void Note(string call, string path, string? other = null, byte[]? data = null, long offset = 0)
    {
        if (path.StartsWith(_folder, StringComparison.Ordinal))
            _calls.Add((call, path, other, data ?? [], offset));
    }

    private static byte[] Bytes(string escaped) => Convert.FromHexString(escaped.Replace("\\x", "", StringComparison.Ordinal));

    private static string Decode(string escaped) => Encoding.UTF8.GetString(Bytes(escaped));

    private static string? Try()
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("strace", ["-o", "/dev/null", "/bin/true"]) { RedirectStandardError = true }
            )!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : "A power cut is played from what strace sees, which may not watch processes here.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "A power cut is played from what strace sees, which is not installed.";
        }
    }

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^open(?:at)?\(.*O_CREAT.*\) += \d+<((?:\\x..)+)>$")]
    private static partial Regex Open();

    [GeneratedRegex(@"^p?write(?:64)?\(\d+<((?:\\x..)+)>, ""((?:\\x..)*)"", \d+(?:, (\d+))?\) += \d+$")]
    private static partial Regex Write();

    [GeneratedRegex(@"^f(?:data)?sync\(\d+<((?:\\x..)+)>\) += 0$")]
    private static partial Regex Sync();

    [GeneratedRegex(@"^ftruncate\(\d+<((?:\\x..)+)>, (\d+)\) += 0$")]
    private static partial Regex Truncate();

    [GeneratedRegex(@"^rename\(""((?:\\x..)+)"", ""((?:\\x..)+)""\) += 0$")]
    private static partial Regex Rename();

    [GeneratedRegex(@"^unlink\(""((?:\\x..)+)""\) += 0$")]
    private static partial Regex Unlink();
}
