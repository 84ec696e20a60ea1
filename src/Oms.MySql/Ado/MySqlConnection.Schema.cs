using System.Data;
using System.Data.Common;
using System.Globalization;
using Oms.MySql.Protocol;

namespace Oms.MySql;

// Schema collections, by the names of ADO.NET and of MySqlConnector.
public sealed partial class MySqlConnection
{
    public override DataTable GetSchema() => GetSchema(DbMetaDataCollectionNames.MetaDataCollections);

    public override DataTable GetSchema(string collectionName) => GetSchema(collectionName, []);

    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) =>
        Blocking.Wait(() => GetSchemaAsync(collectionName, restrictionValues));

    public override Task<DataTable> GetSchemaAsync(CancellationToken cancellationToken = default) =>
        GetSchemaAsync(DbMetaDataCollectionNames.MetaDataCollections, [], cancellationToken);

    public override Task<DataTable> GetSchemaAsync(string collectionName, CancellationToken cancellationToken = default) =>
        GetSchemaAsync(collectionName, [], cancellationToken);

    /// <summary>
    /// A schema collection: MetaDataCollections lists them, Restrictions what each can be restricted by. A restriction that is null or
    /// empty restricts nothing. Of Databases, Tables, Columns and Views the columns are those of information_schema.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such collection, or it has fewer restrictions.</exception>
    public override async Task<DataTable> GetSchemaAsync(
        string collectionName,
        string?[] restrictionValues,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(collectionName);
        var name = collectionName.Replace(" ", "", StringComparison.Ordinal);
        var restrictions = restrictionValues ?? [];
        if (FixedCollections.Names.FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known)
            return restrictions.Length == 0 ? FixedCollections.Get(known, Session.ServerVersion) : throw TooMany(known, 0);
        var collection =
            ServerCollection.All.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no schema collection '{collectionName}'. There are: {string.Join(", ", FixedCollections.Names.Concat(ServerCollection.All.Select(c => c.Name)))}.",
                nameof(collectionName)
            );
        if (restrictions.Length > collection.Restrictions.Count)
            throw TooMany(collection.Name, collection.Restrictions.Count);
        await using var command = CreateCommand();
        collection.Fill(command, restrictions);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var table = new DataTable(collection.Name) { Locale = CultureInfo.InvariantCulture };
        for (var i = 0; i < reader.FieldCount; i++)
            table.Columns.Add(reader.GetName(i), reader.GetFieldType(i));
        var values = new object[reader.FieldCount];
        while (await reader.ReadAsync(cancellationToken))
        {
            reader.GetValues(values);
            table.Rows.Add(values);
        }
        return table;
    }

    private static ArgumentException TooMany(string collection, int count) =>
        new($"The schema collection '{collection}' has {count} restrictions, not more.");
}
