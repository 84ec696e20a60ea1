using System.Globalization;

namespace Oms.Projects;

/// <summary>What the numbers of a project must keep to: retention, concurrency, limits. Pure.</summary>
internal static class OptionRules
{
    public static void Validate(Project project)
    {
        if (project.StoreRetentionHours is < 24 or > 8760)
            throw ProjectRules.Invalid(
                "StoreRetentionInvalid",
                project,
                string.Create(CultureInfo.InvariantCulture, $"keeps Store's log for {project.StoreRetentionHours} hours"),
                "Choose 24 to 8760 hours."
            );
        var full = project.Full;
        if (full.Speed != ConcurrencySpeed.Custom && (full.ReadConcurrency ?? full.WriteConcurrency) is not null)
            throw ProjectRules.Invalid(
                "ConcurrencyInvalid",
                project,
                $"gives full migration a read or write concurrency of its own, but its speed is {full.Speed}",
                "Choose the speed Custom, or leave both out."
            );
        if (full.ReadConcurrency is < 1 or > 64 || full.WriteConcurrency is < 1 or > 64)
            throw ProjectRules.Invalid(
                "ConcurrencyInvalid",
                project,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"has a read concurrency of {full.ReadConcurrency ?? 8} and a write concurrency of {full.WriteConcurrency ?? 8}"
                ),
                "Choose 1 to 64 for each."
            );
        ValidateIncremental(project, project.Incremental);
    }

    private static void ValidateIncremental(Project project, IncrementalOptions options)
    {
        const string id = "IncrementalOptionsInvalid";
        if (project.Heartbeat && !project.Types.HasFlag(MigrationTypes.Incremental))
            throw ProjectRules.Invalid(
                id,
                project,
                "has a heartbeat but no incremental synchronization",
                "Add Incremental, or leave the heartbeat out."
            );
        if (options.Speed != ConcurrencySpeed.Custom && (options.WriteConcurrency ?? options.MemoryMegabytes) is not null)
            throw ProjectRules.Invalid(
                id,
                project,
                $"gives incremental synchronization a write concurrency or memory of its own, but its speed is {options.Speed}",
                "Choose the incremental speed Custom, or leave both out."
            );
        if (options.WriteConcurrency is < 1 or > IncrementalOptions.MaxWriters)
            throw OutOfRange("an incremental write concurrency", options.WriteConcurrency, $"Choose 1 to {IncrementalOptions.MaxWriters}.");
        if (options.MemoryMegabytes is < IncrementalOptions.LeastMemoryMegabytes or > IncrementalOptions.MostMemoryMegabytes)
            throw OutOfRange(
                "an incremental memory in megabytes",
                options.MemoryMegabytes,
                $"Choose {IncrementalOptions.LeastMemoryMegabytes} to {IncrementalOptions.MostMemoryMegabytes}."
            );
        if (options.RowsPerSecond < 1)
            throw OutOfRange("a limit of rows a second", options.RowsPerSecond, "Choose 1 or more, or leave it out for no limit.");
        if (options.BytesPerSecond < IncrementalOptions.LeastBytesPerSecond)
            throw OutOfRange(
                "a limit of bytes a second",
                options.BytesPerSecond,
                $"Choose {IncrementalOptions.LeastBytesPerSecond} or more, or leave it out for no limit."
            );

        OmsException OutOfRange(string what, long? value, string remedy) =>
            ProjectRules.Invalid(id, project, string.Create(CultureInfo.InvariantCulture, $"has {what} of {value}"), remedy);
    }
}
