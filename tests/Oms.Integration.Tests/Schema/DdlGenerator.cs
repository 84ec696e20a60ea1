using Oms.Integration.Tests.Servers;
using Oms.MySql.Schema;

namespace Oms.Integration.Tests.Schema;

/// <summary>Makes random DDL statements that mostly succeed: they are about tables and columns that are there. The same seed makes the same statements of the same states.</summary>
internal sealed class DdlGenerator(int seed, ServerFlavourName flavour)
{
    private static readonly string[] Types =
    [
        "TINYINT", "TINYINT(1)", "SMALLINT UNSIGNED", "MEDIUMINT(5) ZEROFILL", "INT", "INT(3) UNSIGNED", "BIGINT", "BIGINT UNSIGNED ZEROFILL", "BOOL", "DECIMAL", "DECIMAL(20,7)", "NUMERIC(5) UNSIGNED", "FLOAT", "FLOAT(40)",
        "DOUBLE", "DOUBLE(10,3)", "REAL", "BIT", "BIT(17)", "YEAR", "DATE", "TIME", "TIME(3)", "DATETIME", "DATETIME(6)", "TIMESTAMP NULL", "TIMESTAMP(2) NULL", "CHAR", "CHAR(20)", "VARCHAR(30)", "VARCHAR(300)", "TINYTEXT", "TEXT",
        "TEXT(80)", "MEDIUMTEXT", "LONGTEXT", "BINARY(7)", "VARBINARY(70)", "TINYBLOB", "BLOB", "BLOB(300)", "LONGBLOB", "JSON", "ENUM('a','b','c d')", "SET('x','yy','z,z')", "POINT", "GEOMETRY", "NATIONAL CHAR(5)", "VARCHAR(10) BINARY",
    ];

    private static readonly string[] Charsets = ["utf8mb4", "utf8mb3", "latin1", "ascii", "latin2", "gbk", "ucs2"];
    private static readonly string[] Collations = ["utf8mb4_bin", "utf8mb4_unicode_ci", "latin1_bin", "latin1_general_cs", "utf8mb3_bin", "ascii_general_ci", "utf8mb4_general_ci"];
    private static readonly string[] Databases = ["shop", "other"];

    private readonly Random _random = new(seed);

    public string Next(SchemaState state)
    {
        var tables = state.Tables.Where(t => t.Value.Definition is not null).OrderBy(t => t.Key.ToString(), StringComparer.Ordinal).ToList();
        if (tables.Count < 3 || (tables.Count < 12 && Chance(10)))
            return Create();
        var (name, table) = tables[_random.Next(tables.Count)];
        var full = $"{name.Database}.{name.Table}";
        return _random.Next(100) switch
        {
            < 4 => $"RENAME TABLE {full} TO {NewTable()}",
            < 7 => $"RENAME TABLE {full} TO {NewTable()}, {Other(tables)} TO {full}",
            < 10 => $"CREATE TABLE {NewTable()} LIKE {full}",
            < 13 => $"DROP TABLE {full}",
            < 15 => $"ALTER DATABASE {Pick(Databases)} {(Chance(50) ? $"CHARACTER SET {Pick(Charsets)}" : $"COLLATE {Pick(Collations)}")}",
            < 17 => $"CREATE TABLE {NewTable()} AS SELECT * FROM {full}",
            _ => $"ALTER TABLE {full} {Clauses(table.Definition!)}",
        };
    }

    private string Create()
    {
        var columns = Enumerable.Range(0, _random.Next(1, 9)).Select(i => $"c{i} {Type()}{Attributes()}").ToList();
        if (Chance(50))
            columns.Insert(_random.Next(columns.Count + 1), $"id {Pick(["INT", "BIGINT UNSIGNED", "VARCHAR(20)"])}{(Chance(30) ? " NOT NULL" : "")} PRIMARY KEY");
        else if (Chance(40))
            columns.Add("k1 INT, k2 VARCHAR(10), PRIMARY KEY (k2, k1)");
        return $"CREATE TABLE {(Chance(10) ? "IF NOT EXISTS " : "")}{NewTable()} ({string.Join(", ", columns)}){TableCharset()}";
    }

    private string Clauses(TableDefinition table)
    {
        var names = table.Columns.Select(c => c.Name).ToList();
        var free = new List<string>(names); // each column in one clause at most, as the servers want it
        var clauses = new List<string>();
        for (var i = _random.Next(1, 4); i > 0 && free.Count > 1; i--)
        {
            var column = free[_random.Next(free.Count)];
            free.Remove(column);
            clauses.Add(_random.Next(100) switch
            {
                < 30 => $"ADD COLUMN {NewColumn()} {Type()}{Attributes()}{Place(names)}",
                < 35 => $"ADD ({NewColumn()} {Type()}, {NewColumn()} {Type()})",
                < 45 => $"DROP COLUMN {column}",
                < 65 => $"MODIFY {column} {Type()}{Attributes()}{Place(names, column)}",
                < 75 => $"CHANGE COLUMN {column} {NewColumn()} {Type()}{Attributes()}{Place(names, column)}",
                < 84 => $"RENAME COLUMN {column} TO {NewColumn()}",
                < 88 => $"CONVERT TO CHARACTER SET {Pick(Charsets)}",
                < 92 => $"DEFAULT {TableCharset(isNeeded: true)}",
                < 96 when table.PrimaryKey.Count > 0 => "DROP PRIMARY KEY",
                < 98 => $"ADD PRIMARY KEY ({column})",
                _ => "COMMENT 'some, comment'",
            });
        }
        return clauses.Count == 0 ? "FORCE" : string.Join(", ", clauses);
    }

    private string Type()
    {
        var type = flavour != ServerFlavourName.MySql97 && Chance(6) ? Pick(["UUID", "INET6", "VARCHAR(40) COMPRESSED", "BLOB COMPRESSED"]) : Pick(Types);
        var takesCharset = !type.Contains("BINARY", StringComparison.Ordinal) && !type.Contains("NATIONAL", StringComparison.Ordinal) && !type.Contains("COMPRESSED", StringComparison.Ordinal)
            && (type.Contains("CHAR", StringComparison.Ordinal) || type.Contains("TEXT", StringComparison.Ordinal) || type.StartsWith("ENUM", StringComparison.Ordinal) || type.StartsWith("SET", StringComparison.Ordinal));
        return !takesCharset ? type : _random.Next(4) switch { 0 => $"{type} CHARACTER SET {Pick(Charsets)}", 1 => $"{type} COLLATE {Pick(Collations)}", _ => type };
    }

    private string Attributes() => _random.Next(6) switch { 0 => " NOT NULL", 1 => " NULL", 2 => " COMMENT 'it''s, (a) comment'", _ => "" };

    private string Place(List<string> names, string? notBehind = null) => _random.Next(4) switch
    {
        0 => " FIRST",
        1 when names.Where(n => n != notBehind).ToList() is { Count: > 0 } others => $" AFTER {others[_random.Next(others.Count)]}",
        _ => "",
    };

    private string TableCharset(bool isNeeded = false) =>
        _random.Next(isNeeded ? 2 : 4) switch { 0 => $" CHARSET={Pick(Charsets)}", 1 => $" COLLATE {Pick(Collations)}", _ => "" };

    private string Other(List<KeyValuePair<QualifiedTable, TableState>> tables) => tables[_random.Next(tables.Count)].Key is var name ? $"{name.Database}.{name.Table}" : "";

    private string NewTable() => $"{Pick(Databases)}.t{_random.Next(20)}";

    private string NewColumn() => $"n{_random.Next(60)}";

    private bool Chance(int percent) => _random.Next(100) < percent;

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
