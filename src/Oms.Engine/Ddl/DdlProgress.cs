using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

/// <summary>Tells by the structure of a step's tables whether the step was done. Pure.</summary>
internal static class DdlProgress
{
    /// <param name="before">The structure of the step's tables before it, in their order; null: not there.</param>
    /// <param name="now">The same now.</param>
    /// <returns>True: done; false: still to be run; null: the tables are neither as before nor as afterwards, or both look the
    /// same.</returns>
    public static bool? IsDone(DdlStep step, IReadOnlyList<string?> before, IReadOnlyList<string?> now)
    {
        var isUntouched = before.SequenceEqual(now);
        return step.Kind switch
        {
            DdlStepKind.Rename => Renamed(step, before) switch
            {
                var after when after.SequenceEqual(before) => null,
                _ when isUntouched => false,
                // By the names that are there and those that are not; where all are there before and behind it (a swap), by what they are.
                var after when !AreThere(after).SequenceEqual(AreThere(before)) => AreThere(after).SequenceEqual(AreThere(now))
                    ? true
                    : null,
                var after => after.SequenceEqual(now) ? true : null,
            },
            // A statement that leaves no trace in the structure does no harm when it is run again.
            _ when isUntouched => false,
            DdlStepKind.Create => now[0] is not null ? true : null,
            DdlStepKind.Drop => now[0] is null ? true : null,
            DdlStepKind.Alter when step.Renames.Count > 0 => now[0] is null && now[1] is not null ? true : null,
            DdlStepKind.Alter => now[0] is not null ? true : null,
            _ => null,
        };
    }

    private static IEnumerable<bool> AreThere(IEnumerable<string?> structures) => structures.Select(s => s is not null);

    private static List<string?> Renamed(DdlStep step, IReadOnlyList<string?> before)
    {
        var tables = new Dictionary<TableName, string?>();
        for (var i = 0; i < step.Tables.Count; i++)
            tables[step.Tables[i]] = before[i];
        foreach (var (from, to) in step.Renames)
            (tables[to], tables[from]) = (tables[from], null);
        return [.. step.Tables.Select(t => tables[t])];
    }
}
