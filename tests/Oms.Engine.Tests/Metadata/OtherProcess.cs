using System.Diagnostics;
using System.Globalization;
using Oms.Metadata;

namespace Oms.Engine.Tests.Metadata;

/// <summary>The test program started as a process of its own, to do one thing with a home that several processes share.</summary>
internal static class OtherProcess
{
    public static int Main(string[] args)
    {
        if (args[0] == Store.PowerCutTests.Role)
            return Store.PowerCutTests.Write(args[1], bool.Parse(args[2]));
        using var store = MetadataStore.Open(args[1]);
        switch (args[0])
        {
            case "values":
                for (var i = 0; i < int.Parse(args[3], CultureInfo.InvariantCulture); i++)
                    store.SetValue("p", $"{args[2]}-{i}", "x");
                return 0;
            case "key":
                KeyFile.Create(args[1]);
                Console.Out.Write(Convert.ToHexString(KeyFile.Read(args[1])));
                return 0;
            case "lease":
                Console.Out.Write(
                    store.TryTakeLease("p", Environment.MachineName, Environment.ProcessId, args[2], TimeSpan.FromHours(1), out _)
                );
                Console.Out.Flush();
                Console.In.ReadLine();
                return 0;
            default:
                return 64;
        }
    }

    public static Process Start(params string[] args)
    {
        var process = Describe(args);
        process.Start();
        return process;
    }

    /// <summary>The process, not started yet.</summary>
    public static Process Describe(params string[] args)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && System.IO.Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet"
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(OtherProcess).Assembly.Location);
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        return new Process { StartInfo = start };
    }
}
