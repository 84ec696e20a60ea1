using System.Globalization;

namespace Oms.Agent.Output;

/// <summary>Verification, a line a table, with the rows that differ named below.</summary>
internal static class ConsistencyTable
{
    private static readonly TextTable Table = new(
        ("Project", -24),
        ("Table", -28),
        ("Rows", 12),
        ("Mismatched", 10),
        ("SourceOnly", 10),
        ("DestinationOnly", 15),
        ("Result", -12)
    );

    public static void WriteHeader() => Table.WriteHeader();

    public static void Write(TableConsistency result)
    {
        Table.Write(
            result.Project,
            result.Table,
            Number(result.SourceRows),
            Number(result.Mismatched),
            Number(result.SourceOnly),
            Number(result.DestinationOnly),
            result.Consistent ? "consistent" : "INCONSISTENT"
        );
        const int named = 20;
        foreach (var difference in result.Differences.Take(named))
            Console.WriteLine($"  {difference}");
        if (result.Differences.Count > named)
            Console.WriteLine($"  and {Number(result.Differences.Count - named)} more");
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
