using System.Globalization;

namespace Oms.Agent.Output;

/// <summary>A link's status in one line, for a terminal or a log.</summary>
internal static class StatusLine
{
    public static string Of(LinkStatus status) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{status.Updated.ToLocalTime():HH:mm:ss}  {status.Project, -20}  {Step(status), -16}  {Progress(status)}{(status.Waiting is { } wait ? $"  waits: {wait}" : "")}"
        );

    /// <summary>The step of a running link, else the state.</summary>
    public static string Step(LinkStatus status) => status.State == ProjectState.Running ? status.Step.ToString() : status.State.ToString();

    private static string Progress(LinkStatus status)
    {
        if (status.Error is { } error)
            return error;
        return status.Step switch
        {
            LinkStep.FullMigration => string.Create(
                CultureInfo.InvariantCulture,
                $"tables {status.TablesCopied}/{status.TablesTotal}  rows {status.RowsCopied:N0}{Estimate(status)}  {status.RowsPerSecond:N0} rows/s"
            ),
            LinkStep.IncrementalSync => string.Create(
                CultureInfo.InvariantCulture,
                $"applied {status.TransactionsApplied:N0}  {status.RowsPerSecond:N0} rows/s  latency {Latency(status)}  conflicts {status.Conflicts:N0}"
            ),
            _ => "",
        };
    }

    /// <summary>OceanBase tells no number of rows beforehand.</summary>
    private static string Estimate(LinkStatus status) =>
        status.RowsEstimated == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" of about {status.RowsEstimated:N0}");

    /// <summary>Latency in seconds, <c>-</c> before incremental synchronization.</summary>
    private static string Latency(LinkStatus status) =>
        status.LatencySeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s") : "-";
}
