using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Oms.Agent.Definitions;

/// <summary>A data source of a project file. Its password must be there when the data source is new; later a changed one is taken over,
/// while links run too.</summary>
internal sealed class DataSourceEntry
{
    private readonly JObject _entry;
    private readonly PasswordSource _password;
    private readonly string _file;

    private DataSourceEntry(JObject entry, DataSource definition, PasswordSource password, string file) =>
        (_entry, Definition, _password, _file) = (entry, definition, password, file);

    public DataSource Definition { get; }

    /// <exception cref="JsonException">The entry is not valid.</exception>
    public static DataSourceEntry Parse(JObject entry, string file)
    {
        var own = (JObject)entry.DeepClone();
        var password = PasswordSource.TakeFrom(own, file);
        var definition = Definitions.Definition.Read<DataSource>(own, "name", "type", "region", "host", "user");
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        // As they are stored, so that the next run finds them equal.
        definition = definition with
        {
            TlsCaFile = definition.TlsCaFile is { Length: > 0 } caFile ? Path.GetFullPath(caFile, folder) : null,
            TlsFingerprint = definition.TlsFingerprint is { Length: > 0 } fingerprint
                ? fingerprint.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant()
                : null,
            ServerPublicKeyFile = definition.ServerPublicKeyFile is { Length: > 0 } key ? Path.GetFullPath(key, folder) : null,
        };
        return new DataSourceEntry(own, definition, password, file);
    }

    /// <exception cref="OmsException">DefinitionChanged when the metadata has another one of this name; and those of the password and of
    /// adding.</exception>
    public void AddTo(OmsEngine engine)
    {
        if (engine.GetDataSources().FirstOrDefault(d => d.Name == Definition.Name) is { } existing)
            Definitions.Definition.MustEqual("Data source", Definition.Name, _entry, Definition, existing, _file);
        else
            engine.AddDataSource(Definition, _password.Read());
        engine.KeepPassword(Definition.Name, _password.LookUp);
    }
}
