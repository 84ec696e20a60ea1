using System.Globalization;
using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>A link's status as a line of progress.</summary>
internal static class LinkProgressView
{
    public static ProgressRecord Record(LinkStatus status, int activityId) =>
        new(activityId, status.Project, Describe(status)) { PercentComplete = Percent(status) };

    /// <summary>OceanBase tells no number of rows beforehand.</summary>
    private static string Estimate(LinkStatus status) =>
        status.RowsEstimated == 0 ? "" : string.Create(CultureInfo.CurrentCulture, $" of about {status.RowsEstimated:N0}");

    private static string Describe(LinkStatus status) =>
        string.Create(
            CultureInfo.CurrentCulture,
            $"{status.State}: {status.Step switch
    {
        LinkStep.Precheck => "precheck",
        LinkStep.SchemaMigration => "schema migration",
        LinkStep.FullMigration => string.Create(CultureInfo.CurrentCulture,
            $"full migration, {status.RowsCopied:N0}{Estimate(status)} rows, {status.TablesCopied:N0} of {status.TablesTotal:N0} tables, {status.RowsPerSecond:N0} rows/s"),
        LinkStep.IncrementalSync => string.Create(CultureInfo.CurrentCulture,
            $"incremental synchronization, {status.TransactionsApplied:N0} transactions applied, latency {status.LatencySeconds ?? 0:N1} s"),
        LinkStep.FullVerification => "full verification",
        _ => "starting",
    }}"
        );

    /// <summary>Only full migration knows its end; the server's estimate may be short, so it never says that all is done.</summary>
    private static int Percent(LinkStatus status) =>
        status is { Step: LinkStep.FullMigration, RowsEstimated: > 0 }
            ? (int)Math.Min(99, status.RowsCopied * 100.0 / status.RowsEstimated)
            : -1;
}
