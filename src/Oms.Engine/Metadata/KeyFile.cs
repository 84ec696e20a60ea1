using System.Security.Cryptography;
using Oms.Hosting;
using Oms.MySql.Ddl;

namespace Oms.Metadata;

/// <summary>The key that the passwords in the metadata are encrypted with: 32 random bytes in a file that only its owner may
/// read.</summary>
internal static class KeyFile
{
    public const string Name = "oms.key";
    private const int Length = 32;

    /// <summary>What helps where passwords can't be opened any more.</summary>
    private static readonly string s_giveAgain =
        $"give each data source its password again: {HostCommand.GivePassword()}. The first makes a new key file.";

    /// <exception cref="OmsException">KeyFileMissing, KeyFileExposed, KeyFileUnreadable, KeyFileDamaged</exception>
    public static byte[] Read(string home)
    {
        var path = Path.Combine(home, Name);
        if (!File.Exists(path))
            throw new OmsException(
                "KeyFileMissing",
                OmsErrorKind.NotFound,
                $"The key file '{path}' is missing; the passwords that are stored in '{MetadataHome.DatabaseFile}' beside it can't be opened without it.",
                $"Put back the {Name} that belongs to this {MetadataHome.DatabaseFile} from a backup of the directory. Without one, {s_giveAgain}",
                path
            );
        if (MetadataHome.IsOpenToOthers(path))
            throw new OmsException(
                "KeyFileExposed",
                OmsErrorKind.PermissionDenied,
                $"The key file '{path}' is open to other users.",
                $"Run: chmod 600 '{path}'; if others may have read it, change the passwords of the data sources.",
                path
            );
        byte[] key;
        try
        {
            key = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OmsException(
                "KeyFileUnreadable",
                OmsErrorKind.PermissionDenied,
                $"The key file '{path}' can't be read: {e.Message}",
                "See that it belongs to this account and that its disk is sound.",
                path,
                e
            );
        }
        if (key.Length != Length)
            throw new OmsException(
                "KeyFileDamaged",
                OmsErrorKind.InvalidState,
                $"The key file '{path}' has {key.Length} bytes; it must have {Length}.",
                $"Put it back from a backup of the directory. Without one, move the file away, and {s_giveAgain}",
                path
            );
        return key;
    }

    /// <summary>Makes the key file where there is none. When several processes do so at once, one key wins and all read that one.</summary>
    public static void Create(string home)
    {
        var path = Path.Combine(home, Name);
        if (File.Exists(path))
            return;
        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var file = MetadataHome.OpenOwnerOnly(draft, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(RandomNumberGenerator.GetBytes(Length));
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: false);
            // A key that a power cut took away would leave passwords that nothing opens.
            DirectorySync.Flush(home);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first: its key is the key.
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
