namespace Oms.MySql.Protocol;

/// <summary>Waits for asynchronous work in ADO.NET's synchronous methods; safe where a synchronization context (a user interface's) wants
/// the thread for its own.</summary>
internal static class Blocking
{
    public static T Wait<T>(Func<Task<T>> start)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return start().GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public static void Wait(Func<Task> start) =>
        Wait(async () =>
        {
            await start();
            return true;
        });
}
