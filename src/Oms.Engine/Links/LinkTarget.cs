namespace Oms;

/// <summary>What a wait waits for.</summary>
public enum LinkTarget
{
    SchemaMigrated,
    FullMigrated,

    /// <summary>All that was committed at the source before the wait began is at the destination, and no conflict waits for its
    /// settlement.</summary>
    Synchronized,
    Stopped,
}
