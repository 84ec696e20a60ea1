using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Oms.Agent.Definitions;

/// <summary>Where a data source's password comes from. Holds no password that the file doesn't, and prints none.</summary>
internal sealed class PasswordSource
{
    private const string FromVariable = "passwordEnvironmentVariable",
        FromFile = "passwordFile",
        Plain = "password";
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private readonly string _kind,
        _value,
        _projectFile;

    private PasswordSource(string kind, string value, string projectFile) => (_kind, _value, _projectFile) = (kind, value, projectFile);

    /// <summary>Takes the password properties out of a data source's entry.</summary>
    /// <exception cref="JsonException">There must be exactly one.</exception>
    public static PasswordSource TakeFrom(JObject entry, string projectFile)
    {
        var given = entry.Properties().Where(p => p.Name is FromVariable or FromFile or Plain).ToList();
        if (given is not [{ Value: JValue { Value: string value } } one])
            throw new JsonSerializationException(
                $"Data source '{entry["name"]}' needs exactly one of {FromVariable}, {FromFile} and {Plain}, a string."
            );
        one.Remove();
        return new PasswordSource(one.Name, value, projectFile);
    }

    /// <exception cref="OmsException">PasswordVariableMissing, PasswordFileNotFound, PasswordFileExposed</exception>
    public string Read()
    {
        switch (_kind)
        {
            case FromVariable:
                return Environment.GetEnvironmentVariable(_value)
                    ?? throw new OmsException(
                        "PasswordVariableMissing",
                        OmsErrorKind.NotFound,
                        $"The environment variable '{_value}', named in '{_projectFile}', is not set.",
                        "Set it for this process.",
                        _value
                    );
            case FromFile:
                if (!File.Exists(FilePath))
                    throw new OmsException(
                        "PasswordFileNotFound",
                        OmsErrorKind.NotFound,
                        $"The password file '{FilePath}', named in '{_projectFile}', is not there.",
                        "Check the path.",
                        FilePath
                    );
                MustBePrivate(FilePath);
                return ReadFile();
            default:
                MustBePrivate(_projectFile);
                return _value;
        }
    }

    /// <summary>The password as it is kept now; null while it can't be read: a variable that is not set, a file that is away or that others
    /// may read.</summary>
    public string? LookUp() =>
        _kind switch
        {
            FromVariable => Environment.GetEnvironmentVariable(_value),
            FromFile => LookUpFile(),
            _ => IsPrivate(_projectFile) ? _value : null,
        };

    private string? LookUpFile()
    {
        try
        {
            return IsPrivate(FilePath) ? ReadFile() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Being replaced just now; it is looked up again before the next connection.
            return null;
        }
    }

    private string FilePath => Path.GetFullPath(_value, Path.GetDirectoryName(Path.GetFullPath(_projectFile))!);

    private string ReadFile() => File.ReadAllText(FilePath).TrimEnd('\r', '\n');

    private static bool IsPrivate(string path) => OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Others) == 0;

    private static void MustBePrivate(string path)
    {
        if (!IsPrivate(path))
        {
            throw new OmsException(
                "PasswordFileExposed",
                OmsErrorKind.PermissionDenied,
                $"'{path}' holds a password and others than its owner may read it.",
                $"Restrict it: chmod 600 '{path}'.",
                path
            );
        }
    }
}
