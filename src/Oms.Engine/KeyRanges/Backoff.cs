namespace Oms.KeyRanges;

/// <summary>How long to wait before trying again what failed for a passing reason.</summary>
internal static class Backoff
{
    /// <summary>0.1 s after the first failure, doubled each time up to 5 s.</summary>
    public static TimeSpan After(int failures) => TimeSpan.FromMilliseconds(Math.Min(5000, 100 * Math.Pow(2, failures - 1)));
}
