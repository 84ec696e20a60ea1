using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Oms.Agent.Definitions;

/// <summary>A data source of a project file. The password is looked up only when the data source is new.</summary>
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
        if (definition.TlsCaFile is { } caFile)
            definition = definition with { TlsCaFile = Path.GetFullPath(caFile, Path.GetDirectoryName(Path.GetFullPath(file))!) };
        return new DataSourceEntry(own, definition, password, file);
    }

    /// <exception cref="OmsException">DefinitionChanged when the metadata has another one of this name; and those of the password and of adding.</exception>
    public void AddTo(OmsEngine engine)
    {
        if (engine.GetDataSources().FirstOrDefault(d => d.Name == Definition.Name) is { } existing)
            Definitions.Definition.MustEqual("Data source", Definition.Name, _entry, Definition, existing, _file);
        else
            engine.AddDataSource(Definition, _password.Read());
    }
}
