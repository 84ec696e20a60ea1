using System.Globalization;

namespace Oms.Store;

/// <summary>
/// The room on the Store's disk. Pulling stops short of its end, so that what else stands there, the metadata with the alert first of all,
/// can still be written.
/// </summary>
internal sealed class DiskRoom
{
    private const long MostReserved = 32 << 20;
    private const int ReservedShare = 16;

    private readonly DriveInfo? _drive;
    private readonly long _reserve;

    /// <param name="directory">A folder on the disk.</param>
    /// <param name="reserve">Bytes that are left free; by default a sixteenth of the disk, 32 MB at most.</param>
    public DiskRoom(string directory, long? reserve)
    {
        var path = Path.GetFullPath(directory);
        var root = OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path;
        // Windows tells nothing of a network share: there, a write that fails must do.
        _drive = root.StartsWith(@"\\", StringComparison.Ordinal) ? null : new DriveInfo(root);
        _reserve = reserve ?? Math.Min(MostReserved, (_drive?.TotalSize ?? 0) / ReservedShare);
    }

    /// <summary>Sees that so many bytes can be written.</summary>
    /// <exception cref="IOException">There is too little room.</exception>
    public void Require(long bytes)
    {
        if (_drive is null || _reserve == 0 || _drive.AvailableFreeSpace is var free && free >= bytes + _reserve)
            return;
        throw new IOException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The disk is full: {free >> 10:N0} KB are free, {bytes >> 10:N0} KB are to be written, and {_reserve >> 10:N0} KB stay free for the metadata."
            )
        );
    }
}
