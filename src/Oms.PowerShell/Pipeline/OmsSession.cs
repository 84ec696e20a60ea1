using System.Management.Automation.Runspaces;

namespace Oms.PowerShell;

/// <summary>What the cmdlets of this process share: an engine for each home that was used, and the links that run here.</summary>
internal static class OmsSession
{
    // A link stops after the transaction in flight; a session that ends does not wait longer than this for a server that no longer answers.
    private static readonly TimeSpan s_exitPatience = TimeSpan.FromSeconds(10);

    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, OmsEngine> s_engines = [];
    private static readonly List<(Guid Runspace, OmsLinkJob Job)> s_jobs = [];

    static OmsSession() => AppDomain.CurrentDomain.ProcessExit += (_, _) => StopLinks(null, s_exitPatience);

    /// <summary>The engine of <c>$env:OMS_HOME</c> as it is now; opened at first use, so that importing the module touches
    /// nothing.</summary>
    public static OmsEngine Engine
    {
        get
        {
            var home = Environment.GetEnvironmentVariable("OMS_HOME") ?? "";
            lock (s_lock)
            {
                if (!s_engines.TryGetValue(home, out var engine))
                    s_engines.Add(home, engine = OmsEngine.Open(words: CmdletWords.Words));
                return engine;
            }
        }
    }

    /// <summary>Keeps a job of the current runspace in mind until it has ended.</summary>
    public static void Add(OmsLinkJob job)
    {
        lock (s_lock)
            s_jobs.Add((CurrentRunspace, job));
        job.Ended.ContinueWith(_ => Forget(job), TaskScheduler.Default);
    }

    /// <summary>The job that runs a project's link in this process, if it is one.</summary>
    public static OmsLinkJob? FindJob(OmsEngine engine, string project)
    {
        lock (s_lock)
            return s_jobs.Find(j => j.Job.Engine == engine && j.Job.Name == project).Job;
    }

    /// <summary>Stops the links of this runspace and, when no other runspace runs one, closes the metadata.</summary>
    public static void Close()
    {
        StopLinks(CurrentRunspace, Timeout.InfiniteTimeSpan);
        lock (s_lock)
        {
            if (s_jobs.Any(j => !j.Job.Ended.IsCompleted))
                return;
            foreach (var engine in s_engines.Values)
                engine.Dispose();
            s_engines.Clear();
        }
    }

    private static void Forget(OmsLinkJob job)
    {
        lock (s_lock)
            s_jobs.RemoveAll(j => j.Job == job);
    }

    private static Guid CurrentRunspace => Runspace.DefaultRunspace?.InstanceId ?? Guid.Empty;

    private static void StopLinks(Guid? runspace, TimeSpan patience)
    {
        OmsLinkJob[] jobs;
        lock (s_lock)
            jobs = [.. s_jobs.Where(j => runspace is null || j.Runspace == runspace).Select(j => j.Job)];
        foreach (var job in jobs)
            job.RequestStop();
        Task.WaitAll([.. jobs.Select(j => j.Ended)], patience);
    }
}
