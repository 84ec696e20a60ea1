using Oms.Integration.Tests.Servers;
using Oms.MySql.Ddl;

namespace Oms.Integration.Tests.Schema;

/// <summary>Makes random DDL statements that mostly succeed: they are about tables and columns that are there. The same seed makes the same
/// statements of the same states.</summary>
internal sealed class DdlGenerator(int seed, ServerFlavourName flavour)
{
    private static readonly string[] Types =
    [
        "TINYINT",
        "TINYINT(1)",
        "SMALLINT UNSIGNED",
        "MEDIUMINT(5) ZEROFILL",
        "INT",
        "INT(3) UNSIGNED",
        "BIGINT",
        "BIGINT UNSIGNED ZEROFILL",
        "BOOL",
        "DECIMAL",
        "DECIMAL(20,7)",
        "NUMERIC(5) UNSIGNED",
        "FLOAT",
        "FLOAT(40)",
        "DOUBLE",
        "DOUBLE(10,3)",
        "REAL",
        "BIT",
        "BIT(17)",
        "YEAR",
        "DATE",
        "TIME",
        "TIME(3)",
        "DATETIME",
        "DATETIME(6)",
        "TIMESTAMP NULL",
        "TIMESTAMP(2) NULL",
        "CHAR",
        "CHAR(20)",
        "VARCHAR(30)",
        "VARCHAR(300)",
        "TINYTEXT",
        "TEXT",
        "TEXT(80)",
        "MEDIUMTEXT",
        "LONGTEXT",
        "BINARY(7)",
        "VARBINARY(70)",
        "TINYBLOB",
        "BLOB",
        "BLOB(300)",
        "LONGBLOB",
        "JSON",
        "ENUM('a','b','c d')",
        "SET('x','yy','z,z')",
        "POINT",
        "GEOMETRY",
        "NATIONAL CHAR(5)",
        "VARCHAR(10) BINARY",
    ];

    private static readonly string[] Charsets = ["utf8mb4", "utf8mb3", "latin1", "ascii", "latin2", "gbk", "ucs2"];
    private static readonly string[] Collations =
    [
        "utf8mb4_bin",
        "utf8mb4_unicode_ci",
        "latin1_bin",
        "latin1_general_cs",
        "utf8mb3_bin",
        "ascii_general_ci",
        "utf8mb4_general_ci",
    ];
    private static readonly string[] Databases = ["shop", "other"];

    private readonly Random _random = new(seed);

    private bool IsMySql => flavour == ServerFlavourName.MySql97;

    /// <summary>A statement, perhaps behind settings of its session on which the outcome depends.</summary>
    public string Next(SchemaState state) => string.Concat(Settings()) + Statement(state);

    private IEnumerable<string> Settings()
    {
        if (Chance(25))
            yield return $"SET explicit_defaults_for_timestamp={_random.Next(2)}; ";
        if (Chance(25))
            yield return $"SET sql_mode='{Pick(["", "STRICT_ALL_TABLES", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "REAL_AS_FLOAT", "ALLOW_INVALID_DATES,NO_ZERO_DATE"])}'; ";
        if (IsMySql && Chance(40))
            yield return $"SET sql_generate_invisible_primary_key={_random.Next(2)}; ";
        if (IsMySql && Chance(10))
            yield return $"SET default_collation_for_utf8mb4={Pick(["utf8mb4_general_ci", "utf8mb4_0900_ai_ci"])}; ";
        if (flavour == ServerFlavourName.MariaDb118 && Chance(10))
            yield return $"SET character_set_collations='{Pick(["", "utf8mb4=utf8mb4_bin", "latin1=latin1_general_cs,utf8mb4=utf8mb4_unicode_ci"])}'; ";
        if (!IsMySql && Chance(30))
            yield return "SET system_versioning_alter_history=KEEP; ";
        if (!IsMySql && Chance(10))
            yield return "SET binlog_alter_two_phase=ON; ";
    }

    private string Statement(SchemaState state)
    {
        var tables = state
            .Tables.Where(t => t.Value.Definition is not null)
            .OrderBy(t => t.Key.ToString(), StringComparer.Ordinal)
            .ToList();
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
            < 19 => $"CREATE {(Chance(70) ? "UNIQUE " : "")}INDEX {NewKey()}{Method()} ON {full} {KeyColumns(table.Definition!)}",
            < 20 => $"DROP INDEX {OldKey(table.Definition!)} ON {full}",
            _ => $"ALTER TABLE {full} {Clauses(table.Definition!)}",
        };
    }

    private string Create()
    {
        var columns = Enumerable.Range(0, _random.Next(1, 9)).Select(i => $"c{i} {Definition()}").ToList();
        if (Chance(50))
            columns.Insert(
                _random.Next(columns.Count + 1),
                $"id {Pick(["INT", "BIGINT UNSIGNED", "VARCHAR(20)"])}{(Chance(30) ? " NOT NULL" : "")} PRIMARY KEY"
            );
        else if (Chance(40))
            columns.Add("k1 INT, k2 VARCHAR(10), PRIMARY KEY (k2, k1)");
        else if (IsMySql && Chance(20))
            columns.Insert(
                _random.Next(columns.Count + 1),
                $"my_row_id BIGINT UNSIGNED AUTO_INCREMENT{Pick(["", " INVISIBLE", " INVISIBLE"])} PRIMARY KEY"
            );
        if (Chance(30))
            columns.Add(
                $"{(Chance(30) ? $"CONSTRAINT {NewKey()} " : "")}UNIQUE {Pick(["", "KEY ", "INDEX "])}{(Chance(50) ? NewKey() : "")}{Method()} (c0{(Chance(30) ? "(20)" : "")}){Method()}"
            );
        var options = $"{TableCharset()}{(Chance(5) ? " ENGINE=MyISAM" : "")}{(!IsMySql && Chance(4) ? " WITH SYSTEM VERSIONING" : "")}";
        return $"CREATE {(!IsMySql && Chance(10) ? "OR REPLACE TABLE " : Chance(10) ? "TABLE IF NOT EXISTS " : "TABLE ")}{NewTable()} ({string.Join(", ", columns)}){options}";
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
            clauses.Add(
                _random.Next(100) switch
                {
                    < 22 => $"ADD COLUMN {NotThere()}{Remember(NewColumn(), names)} {Definition()}{Place(names)}",
                    < 26 => $"ADD ({NewColumn()} {Type()}, {NewColumn()} {Type()})",
                    < 33 => $"DROP COLUMN {There()}{column}",
                    < 37 => $"DROP COLUMN {column}, ADD COLUMN {column} {Definition()}{Place(names, column)}",
                    < 55 => $"MODIFY {There()}{column} {Definition()}{Place(names, column)}",
                    < 64 => $"CHANGE COLUMN {There()}{column} {Remember(NewColumn(), names)} {Definition()}{Place(names, column)}",
                    < 71 => $"RENAME COLUMN {column} TO {Remember(NewColumn(), names)}",
                    < 74 => $"CONVERT TO CHARACTER SET {Pick(Charsets)}",
                    < 77 => $"DEFAULT {TableCharset(isNeeded: true)}",
                    < 80 when table.PrimaryKey.Count > 0 => "DROP PRIMARY KEY",
                    < 82 when table.PrimaryKey is ["my_row_id"] => $"DROP PRIMARY KEY, DROP COLUMN my_row_id, ADD PRIMARY KEY ({column})",
                    < 84 => $"ADD PRIMARY KEY ({column})",
                    < 88 => $"ADD UNIQUE {NotThere()}{(Chance(50) ? NewKey() : "")}{Method()} {KeyColumns(table)}{Method()}",
                    < 90 => $"ADD INDEX {NewKey()} {KeyColumns(table)}",
                    < 93 => $"DROP {Pick(["INDEX", "KEY"])} {OldKey(table)}",
                    < 94 => $"RENAME INDEX {OldKey(table)} TO {NewKey()}",
                    < 96 when IsMySql => $"ALTER COLUMN {(Chance(60) ? names[0] : column)} SET {Pick(["VISIBLE", "INVISIBLE"])}",
                    < 96 => $"{Pick(["ADD", "DROP"])} SYSTEM VERSIONING",
                    < 97 => $"ORDER BY {column}",
                    < 98 => $"ENGINE={Pick(["InnoDB", "InnoDB", "MyISAM"])}",
                    _ => "COMMENT 'some, comment'",
                }
            );
        }
        return clauses.Count == 0 ? "FORCE" : string.Join(", ", clauses);
    }

    private string Type()
    {
        var type = !IsMySql && Chance(6) ? Pick(["UUID", "INET6", "VARCHAR(40) COMPRESSED", "BLOB COMPRESSED"]) : Pick(Types);
        var takesCharset =
            !type.Contains("BINARY", StringComparison.Ordinal)
            && !type.Contains("NATIONAL", StringComparison.Ordinal)
            && !type.Contains("COMPRESSED", StringComparison.Ordinal)
            && (
                type.Contains("CHAR", StringComparison.Ordinal)
                || type.Contains("TEXT", StringComparison.Ordinal)
                || type.StartsWith("ENUM", StringComparison.Ordinal)
                || type.StartsWith("SET", StringComparison.Ordinal)
            );
        return !takesCharset
            ? type
            : _random.Next(4) switch
            {
                0 => $"{type} CHARACTER SET {Pick(Charsets)}",
                1 => $"{type} COLLATE {Pick(Collations)}",
                _ => type,
            };
    }

    /// <summary>A type with what may stand behind it; perhaps a generated column.</summary>
    private string Definition() =>
        _random.Next(100) switch
        {
            < 5 => $"INT AS ({_random.Next(9)} + 1) {Pick(["VIRTUAL", "STORED"])}{(IsMySql && Chance(30) ? " NOT NULL" : "")}",
            < 8 =>
                $"TIMESTAMP{Pick(["", " NOT NULL", " NULL", " DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP", " DEFAULT '2020-01-01 00:00:00'"])}",
            < 11 =>
                $"{Pick(["INT", "VARCHAR(30)", "VARCHAR(300)", "VARCHAR(4000)", "TEXT", "BLOB", "CHAR(9)"])}{Pick(["", " NOT NULL", ""])} UNIQUE{Pick(["", " KEY"])}",
            < 13 => $"INT NULL{Pick([" DEFAULT 5", ""])} INVISIBLE",
            < 14 => "SERIAL",
            < 15 => $"VARCHAR({Pick(["20000", "70000", "16384"])})",
            _ => Type() + Attributes(),
        };

    private string KeyColumns(TableDefinition table)
    {
        var columns = table.Columns.Select(c => c.Name).OrderBy(_ => _random.Next()).Take(_random.Next(1, 3));
        return $"({string.Join(", ", columns.Select(c => c + (Chance(20) ? "(10)" : "") + (Chance(10) ? " DESC" : "")))})";
    }

    private string Method() =>
        _random.Next(8) switch
        {
            0 => " USING HASH",
            1 => " USING BTREE",
            _ => "",
        };

    private string NewKey() => $"k{_random.Next(12)}";

    private string OldKey(TableDefinition table) =>
        table.UniqueKeys is { Count: > 0 } keys && Chance(80) ? keys[_random.Next(keys.Count)].Name
        : Chance(50) ? NewKey()
        : table.Columns[_random.Next(table.Columns.Count)].Name;

    private string NotThere() => !IsMySql && Chance(20) ? "IF NOT EXISTS " : "";

    private string There() => !IsMySql && Chance(20) ? "IF EXISTS " : "";

    // Behind a column that is new in the statement others may be put.
    private static string Remember(string column, List<string> names)
    {
        names.Add(column);
        return column;
    }

    private string Attributes() =>
        _random.Next(6) switch
        {
            0 => " NOT NULL",
            1 => " NULL",
            2 => " COMMENT 'it''s, (a) comment'",
            _ => "",
        };

    private string Place(List<string> names, string? notBehind = null) =>
        _random.Next(4) switch
        {
            0 => " FIRST",
            1 when names.Where(n => n != notBehind).ToList() is { Count: > 0 } others => $" AFTER {others[_random.Next(others.Count)]}",
            _ => "",
        };

    private string TableCharset(bool isNeeded = false) =>
        _random.Next(isNeeded ? 2 : 4) switch
        {
            0 => $" CHARSET={Pick(Charsets)}",
            1 => $" COLLATE {Pick(Collations)}",
            _ => "",
        };

    private string Other(List<KeyValuePair<QualifiedTable, TableState>> tables) =>
        tables[_random.Next(tables.Count)].Key is var name ? $"{name.Database}.{name.Table}" : "";

    private string NewTable() => $"{Pick(Databases)}.t{_random.Next(20)}";

    private string NewColumn() => $"n{_random.Next(60)}";

    private bool Chance(int percent) => _random.Next(100) < percent;

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
