using Oms.MySql;

namespace Oms.Servers;

/// <summary>A database's table or view. Prints as <c>db.table</c>.</summary>
public readonly record struct TableName(string Database, string Table)
{
    /// <summary>Quoted for SQL: <c>`db`.`table`</c>.</summary>
    public string Sql => $"{Quote(Database)}.{Quote(Table)}";

    /// <summary>An identifier in backticks.</summary>
    public static string Quote(string identifier) => "`" + identifier.Replace("`", "``", StringComparison.Ordinal) + "`";

    /// <inheritdoc/>
    public override string ToString() => $"{Database}.{Table}";
}
