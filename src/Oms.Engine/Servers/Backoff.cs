using Oms.MySql;

namespace Oms.Servers;

/// <summary>Trying again what failed for a passing reason: when, and how long to wait before.</summary>
internal static class Backoff
{
    /// <summary>Attempts before a trouble no longer counts as passing: about 45 s in all, so that a server may restart meanwhile.</summary>
    public const int Attempts = 15;

    /// <summary>Whether a later attempt can succeed: deadlock, lock wait, lost connection, and a server that does not answer just
    /// now.</summary>
    public static bool Helps(MySqlException e) => e.IsTransient || e.Number is ErrorNumber.SocketConnection or ErrorNumber.HostConnection;

    /// <summary>0.1 s after the first failure, doubled each time up to 5 s.</summary>
    public static TimeSpan After(int failures) => TimeSpan.FromMilliseconds(Math.Min(5000, 100 * Math.Pow(2, failures - 1)));
}
