namespace Oms.KeyRanges;

/// <summary>
/// The rows of a table whose key is greater than <paramref name="After"/> and not greater than <paramref name="UpTo"/>; null leaves that
/// side open. Keys are text rows of the key's columns.
/// </summary>
internal readonly record struct KeyRange(byte[]? After, byte[]? UpTo)
{
    /// <summary>The whole table.</summary>
    public static KeyRange All => default;
}
