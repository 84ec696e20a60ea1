namespace Oms.Servers;

/// <summary>Whether a source's log has the rows that foreign keys' cascades change.</summary>
internal static class CascadeLogging
{
    /// <summary>MySQL's variable: ON where InnoDB itself carries cascades out, and the log does not have them.</summary>
    public const string NativeForeignKeys = "innodb_native_foreign_keys";

    /// <param name="nativeForeignKeys">The value of <see cref="NativeForeignKeys"/>; null where the server has no such variable.</param>
    public static bool AreLogged(string? nativeForeignKeys) => nativeForeignKeys == "OFF";
}
