using System.Globalization;

namespace Oms.Agent.Output;

/// <summary>The links as a table.</summary>
internal static class StatusTable
{
    public static void Write(IReadOnlyList<LinkStatus> links)
    {
        var table = new TextTable(
            ("Link", -24),
            ("State", -11),
            ("Step", -16),
            ("RowsCopied", 12),
            ("Applied", 10),
            ("Rows/s", 8),
            ("Latency", 14),
            ("Conflicts", 9)
        );
        table.WriteHeader();
        foreach (var link in links)
        {
            table.Write(
                link.Project,
                link.State.ToString(),
                link.Step.ToString(),
                Number(link.RowsCopied),
                Number(link.TransactionsApplied),
                Number(link.RowsPerSecond),
                link.Latency,
                Number(link.Conflicts)
            );
            if (link.Error is { } error)
                Console.WriteLine($"  {error} {link.Remedy}");
        }
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
