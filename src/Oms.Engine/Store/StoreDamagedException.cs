namespace Oms.Store;

/// <summary>What the Store has written is not what it reads: the disk, or somebody, has changed it.</summary>
/// <param name="path">The file.</param>
/// <param name="offset">From where in it on.</param>
internal sealed class StoreDamagedException(string path, long offset, string reason, Exception? inner = null)
    : Exception($"{path} is damaged at offset {offset}: {reason}", inner);
