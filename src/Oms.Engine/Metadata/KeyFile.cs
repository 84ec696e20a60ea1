using System.Security.Cryptography;

namespace Oms.Metadata;

/// <summary>The key that the passwords in the metadata are encrypted with: 32 random bytes in a file that only its owner may read.</summary>
internal static class KeyFile
{
    public const string Name = "oms.key";
    private const int Length = 32;

    /// <exception cref="OmsException">KeyFileMissing, KeyFileExposed, KeyFileDamaged</exception>
    public static byte[] Read(string home)
    {
        var path = Path.Combine(home, Name);
        if (!File.Exists(path))
            throw new OmsException("KeyFileMissing", OmsErrorKind.NotFound, $"The key file '{path}' is missing; the stored passwords cannot be read without it.",
                "Put the key file back from a backup, or remove the data sources and add them again.", path);
        if (MetadataHome.IsOpenToOthers(path))
            throw new OmsException("KeyFileExposed", OmsErrorKind.PermissionDenied, $"The key file '{path}' is open to other users.",
                $"Run: chmod 600 '{path}'; if others may have read it, change the passwords of the data sources.", path);
        var key = File.ReadAllBytes(path);
        if (key.Length != Length)
            throw new OmsException("KeyFileDamaged", OmsErrorKind.InvalidState, $"The key file '{path}' has {key.Length} bytes; it must have {Length}.",
                "Put the key file back from a backup, or remove the key file and the data sources, and add them again.", path);
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
