using System.Data;
using Oms.Integration.Tests.Servers;
using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

[Collection(WireTestGroup.Name)]
public sealed class SchemaTests(WireServers servers)
{
    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task Every_collection_that_is_listed_is_there_and_takes_its_restrictions(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        using var collections = await connection.GetSchemaAsync();
        var names = collections.Rows.Cast<DataRow>().Select(r => (string)r["CollectionName"]).ToList();
        Assert.Equal(
            [
                "MetaDataCollections",
                "DataSourceInformation",
                "DataTypes",
                "Restrictions",
                "ReservedWords",
                "Databases",
                "Tables",
                "Columns",
                "Views",
                "Indexes",
                "IndexColumns",
                "ForeignKeys",
            ],
            names
        );
        using var restrictions = connection.GetSchema("Restrictions");
        foreach (DataRow row in collections.Rows)
        {
            var (name, count) = ((string)row["CollectionName"], (int)row["NumberOfRestrictions"]);
            Assert.Equal(count, restrictions.Select($"CollectionName = '{name}'").Length);
            using var all = connection.GetSchema(name.ToUpperInvariant());
            using var none = await connection.GetSchemaAsync(name, [.. Enumerable.Repeat("no such thing", count)]);
            Assert.Equal(name, all.TableName);
            Assert.True(count == 0 || none.Rows.Count == 0, name);
            await Assert.ThrowsAsync<ArgumentException>(() => connection.GetSchemaAsync(name, new string?[count + 1]));
        }
        Assert.Contains("ForeignKeys", (await Assert.ThrowsAsync<ArgumentException>(() => connection.GetSchemaAsync("Nothing"))).Message);
        Assert.Contains("SELECT", connection.GetSchema("ReservedWords").Rows.Cast<DataRow>().Select(r => r[0]));
        Assert.Equal(connection.ServerVersion, connection.GetSchema("DataSourceInformation").Rows[0]["DataSourceProductVersion"]);
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_table_is_described_whole(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync(
            """
            DROP DATABASE IF EXISTS described; CREATE DATABASE described; USE described;
            CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(20), INDEX by_code (code DESC, id));
            CREATE TABLE child (a BIGINT UNSIGNED, parent_id INT NOT NULL, UNIQUE u (a), CONSTRAINT fk FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE);
            CREATE VIEW seen AS SELECT id FROM parent
            """
        );
        Assert.Equal(["child", "parent", "seen"], Strings(connection.GetSchema("Tables", [null, "described"]), "TABLE_NAME"));
        Assert.Equal(["child", "parent"], Strings(connection.GetSchema("Tables", ["def", "described", null, "BASE TABLE"]), "TABLE_NAME"));
        Assert.Equal(["a", "parent_id"], Strings(await connection.GetSchemaAsync("Columns", [null, "described", "child"]), "COLUMN_NAME"));
        Assert.Equal(
            ["bigint unsigned"],
            Strings(await connection.GetSchemaAsync("Columns", [null, "described", "child", "a"]), "COLUMN_TYPE")
                .Select(t => t.Replace("(20)", ""))
        );
        Assert.Equal(["seen"], Strings(connection.GetSchema("Views", [null, "described"]), "TABLE_NAME"));
        Assert.Equal(
            ["by_code", "PRIMARY"],
            Strings(connection.GetSchema("Indexes", [null, "described", "parent"]), "INDEX_NAME").Order(StringComparer.OrdinalIgnoreCase)
        );
        Assert.Equal(
            ["code", "id"],
            Strings(connection.GetSchema("IndexColumns", [null, "described", "parent", "by_code"]), "COLUMN_NAME")
        );
        var key = Assert.Single(connection.GetSchema("Foreign Keys", [null, "described", "child"]).Rows.Cast<DataRow>());
        Assert.Equal(
            ("fk", "parent", "id", "CASCADE"),
            (
                (string)key["CONSTRAINT_NAME"],
                (string)key["REFERENCED_TABLE_NAME"],
                (string)key["REFERENCED_COLUMN_NAME"],
                (string)key["DELETE_RULE"]
            )
        );
        Assert.Equal(["described"], Strings(connection.GetSchema("Databases", ["described"]), "SCHEMA_NAME"));
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task A_result_describes_its_columns(ServerFlavourName flavour)
    {
        await using var connection = await OpenAsync(flavour);
        await connection.ExecuteAsync(
            "DROP TABLE IF EXISTS shaped; CREATE TABLE shaped (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) NOT NULL, price DECIMAL(10,3) UNIQUE, body LONGTEXT)"
        );
        await using var command = new MySqlCommand("SELECT id, name AS title, price, body, 1 + 1 AS two FROM shaped AS s", connection);
        foreach (var prepare in new[] { false, true })
        {
            if (prepare)
                await command.PrepareAsync();
            await using var reader = await command.ExecuteReaderAsync();
            var columns = reader.GetColumnSchema();
            Assert.Equal(["id", "title", "price", "body", "two"], columns.Select(c => c.ColumnName));
            Assert.Equal(["id", "name", "price", "body", ""], columns.Select(c => c.BaseColumnName));
            Assert.Equal(["shaped", "shaped", "shaped", "shaped", ""], columns.Select(c => c.BaseTableName));
            Assert.Equal([false, true, false, false, false], columns.Select(c => c.IsAliased!.Value));
            Assert.Equal([false, false, false, false, true], columns.Select(c => c.IsExpression!.Value));
            Assert.Equal(
                (true, true, true, false),
                (columns[0].IsKey, columns[0].IsAutoIncrement, columns[0].IsIdentity, columns[0].AllowDBNull)
            );
            Assert.Equal((20, 10, 3), (columns[1].ColumnSize, columns[2].NumericPrecision, columns[2].NumericScale));
            Assert.True(columns[3].IsLong);
            using var table = reader.GetSchemaTable();
            Assert.Equal(
                (typeof(decimal), (short)10),
                (
                    (Type)table.Rows[2]["DataType"],
                    Convert.ToInt16(table.Rows[2]["NumericPrecision"], System.Globalization.CultureInfo.InvariantCulture)
                )
            );
        }
    }

    private static List<string> Strings(DataTable table, string column) => [.. table.Rows.Cast<DataRow>().Select(r => (string)r[column])];

    private async Task<MySqlConnection> OpenAsync(ServerFlavourName flavour)
    {
        var connection = new MySqlConnection((await servers.GetAsync(flavour)).ConnectionString("wire"));
        await connection.OpenAsync();
        return connection;
    }
}
