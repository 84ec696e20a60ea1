namespace Oms.Metadata;

/// <summary>The directory that the metadata lives in, and the modes that keep it to its owner.</summary>
internal static class MetadataHome
{
    public const string Variable = "OMS_HOME";
    public const string DatabaseFile = "oms.db";

    private const UnixFileMode OwnerOnlyDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <summary>The directory given, else <c>$OMS_HOME</c>, else <c>oms</c> in the user's data directory.</summary>
    public static string Resolve(string? home)
    {
        if (string.IsNullOrEmpty(home))
            home = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(home))
            return Path.GetFullPath(home);
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (data.Length == 0)
            throw new OmsException(
                "HomeUnknown",
                OmsErrorKind.InvalidState,
                "This account has no data directory to keep the metadata in.",
                $"Set the environment variable {Variable} to a directory."
            );
        return Path.Combine(data, "oms");
    }

    /// <summary>Whether a file system, by its name in <see cref="DriveInfo.DriveFormat"/>, is another machine's: SQLite's log is shared
    /// through memory, which two machines don't share, and locks may not reach across.</summary>
    public static bool IsOfNetwork(string format) =>
        format.ToLowerInvariant()
            is "nfs"
                or "nfs4"
                or "cifs"
                or "smb"
                or "smb2"
                or "smb3"
                or "smbfs"
                or "afs"
                or "coda"
                or "ncp"
                or "ncpfs"
                or "ceph"
                or "lustre"
                or "fuse.sshfs"
                or "fuse.glusterfs";

    /// <summary>Creates the directory, or takes an existing one for its owner alone.</summary>
    /// <exception cref="OmsException">HomeNotUsable: it can't be made, it is on a file system of the network, or it is open to others and
    /// holds other things as well.</exception>
    public static void Prepare(string home)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(home);
                return;
            }

            if (!Directory.Exists(home))
                Directory.CreateDirectory(home, OwnerOnlyDirectory);
            RequireLocal(home);
            if ((File.GetUnixFileMode(home) & Others) == 0)
                return;

            // Narrowing a directory that others work in (/tmp, a shared folder) would take it away from them.
            if (!File.Exists(Path.Combine(home, DatabaseFile)) && Directory.EnumerateFileSystemEntries(home).Any())
                throw new OmsException(
                    "HomeNotUsable",
                    OmsErrorKind.PermissionDenied,
                    $"The metadata directory '{home}' is open to other users and holds files that are not of OMS.",
                    $"Set {Variable} to a directory of its own, or run: chmod 700 '{home}'",
                    home
                );
            File.SetUnixFileMode(home, OwnerOnlyDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OmsException(
                "HomeNotUsable",
                OmsErrorKind.PermissionDenied,
                $"The metadata directory '{home}' cannot be used: {e.Message}",
                $"Set {Variable} to a directory that this account may write.",
                home,
                e
            );
        }
    }

    private static void RequireLocal(string home)
    {
        if (new DriveInfo(home).DriveFormat is var format && IsOfNetwork(format))
            throw new OmsException(
                "HomeNotUsable",
                OmsErrorKind.Unsupported,
                $"The metadata directory '{home}' is on a file system of the network ({format}), where the metadata can't be kept safe.",
                $"Set {Variable} to a directory on a disk of this machine.",
                home
            );
    }

    /// <summary>Opens a file that only its owner may read, making it so from its first moment.</summary>
    public static FileStream OpenOwnerOnly(string path, FileMode mode, FileAccess access, FileShare share = FileShare.ReadWrite)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = access,
            Share = share,
        };
        if (!OperatingSystem.IsWindows() && access != FileAccess.Read)
            options.UnixCreateMode = OwnerOnlyFile;
        return new FileStream(path, options);
    }

    /// <summary>Whether anybody but the owner may do anything with a file.</summary>
    public static bool IsOpenToOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0;
}
