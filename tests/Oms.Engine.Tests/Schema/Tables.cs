using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Engine.Tests.Schema;

/// <summary>Makes table schemas for tests from short words.</summary>
internal static class Tables
{
    /// <param name="type">As in COLUMN_TYPE.</param>
    public static ColumnShape Column(
        string name,
        string type,
        bool nullable = false,
        string? characterSet = null,
        string? collation = null,
        bool generated = false
    ) =>
        new()
        {
            Name = name,
            DataType = type.Split('(', ' ')[0],
            ColumnType = type,
            IsNullable = nullable,
            CharacterSet = characterSet,
            Collation = collation,
            IsGenerated = generated,
        };

    public static TableSchema Table(string name, params ColumnShape[] columns) =>
        new()
        {
            Name = new TableName(name.Split('.')[0], name.Split('.')[1]),
            Columns = columns,
            UniqueKeys = [Key(columns, "PRIMARY", columns[0].Name)],
            StorageEngine = "InnoDB",
        };

    public static UniqueKey Key(IReadOnlyList<ColumnShape> all, string name, params string[] columns)
    {
        var ordinals = columns.Select(c => all.ToList().FindIndex(a => a.Name == c)).ToList();
        return new UniqueKey(name, ordinals, name == "PRIMARY", ordinals.All(i => !all[i].IsNullable));
    }
}
