using System.Globalization;
using Oms.Projects;

namespace Oms.Agent.Output;

/// <summary>Conflicts, a line each.</summary>
internal static class ConflictTable
{
    private static readonly TextTable Table = new(
        ("Detected", -23),
        ("Table", -28),
        ("Key", -32),
        ("Kind", -13),
        ("Policy", -15),
        ("Resolution", -10)
    );

    public static void WriteHeader() => Table.WriteHeader();

    public static void Write(ConflictRecord conflict) =>
        Table.Write(
            conflict.Detected.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture),
            $"{conflict.Database}.{conflict.Table}",
            conflict.Key,
            conflict.Kind.ToString(),
            conflict.Policy,
            conflict.Resolution
        );
}
