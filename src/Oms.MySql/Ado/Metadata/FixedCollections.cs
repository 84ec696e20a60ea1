using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Oms.MySql;

/// <summary>The schema collections that no server need be asked for
/// (https://learn.microsoft.com/dotnet/framework/data/adonet/common-schema-collections).</summary>
internal static class FixedCollections
{
    public static readonly IReadOnlyList<string> Names =
    [
        DbMetaDataCollectionNames.MetaDataCollections,
        DbMetaDataCollectionNames.DataSourceInformation,
        DbMetaDataCollectionNames.DataTypes,
        DbMetaDataCollectionNames.Restrictions,
        DbMetaDataCollectionNames.ReservedWords,
    ];

    // Type name, .NET type, arguments of its definition, and what a value looks like.
    private static readonly (string Name, Type Type, string Format, string Parameters, bool IsUnsigned)[] s_types =
    [
        ("TINYINT", typeof(sbyte), "TINYINT", "", false),
        ("TINYINT UNSIGNED", typeof(byte), "TINYINT UNSIGNED", "", true),
        ("SMALLINT", typeof(short), "SMALLINT", "", false),
        ("SMALLINT UNSIGNED", typeof(ushort), "SMALLINT UNSIGNED", "", true),
        ("MEDIUMINT", typeof(int), "MEDIUMINT", "", false),
        ("MEDIUMINT UNSIGNED", typeof(uint), "MEDIUMINT UNSIGNED", "", true),
        ("INT", typeof(int), "INT", "", false),
        ("INT UNSIGNED", typeof(uint), "INT UNSIGNED", "", true),
        ("BIGINT", typeof(long), "BIGINT", "", false),
        ("BIGINT UNSIGNED", typeof(ulong), "BIGINT UNSIGNED", "", true),
        ("DECIMAL", typeof(decimal), "DECIMAL({0},{1})", "precision,scale", false),
        ("FLOAT", typeof(float), "FLOAT", "", false),
        ("DOUBLE", typeof(double), "DOUBLE", "", false),
        ("BIT", typeof(ulong), "BIT({0})", "size", false),
        ("YEAR", typeof(int), "YEAR", "", false),
        ("DATE", typeof(DateTime), "DATE", "", false),
        ("TIME", typeof(TimeSpan), "TIME({0})", "precision", false),
        ("DATETIME", typeof(DateTime), "DATETIME({0})", "precision", false),
        ("TIMESTAMP", typeof(DateTime), "TIMESTAMP({0})", "precision", false),
        ("CHAR", typeof(string), "CHAR({0})", "length", false),
        ("VARCHAR", typeof(string), "VARCHAR({0})", "length", false),
        ("TINYTEXT", typeof(string), "TINYTEXT", "", false),
        ("TEXT", typeof(string), "TEXT", "", false),
        ("MEDIUMTEXT", typeof(string), "MEDIUMTEXT", "", false),
        ("LONGTEXT", typeof(string), "LONGTEXT", "", false),
        ("ENUM", typeof(string), "ENUM({0})", "members", false),
        ("SET", typeof(string), "SET({0})", "members", false),
        ("JSON", typeof(string), "JSON", "", false),
        ("BINARY", typeof(byte[]), "BINARY({0})", "length", false),
        ("VARBINARY", typeof(byte[]), "VARBINARY({0})", "length", false),
        ("TINYBLOB", typeof(byte[]), "TINYBLOB", "", false),
        ("BLOB", typeof(byte[]), "BLOB", "", false),
        ("MEDIUMBLOB", typeof(byte[]), "MEDIUMBLOB", "", false),
        ("LONGBLOB", typeof(byte[]), "LONGBLOB", "", false),
        ("GEOMETRY", typeof(byte[]), "GEOMETRY", "", false),
    ];

    // Reserved in MySQL 8.4 and MariaDB 10.11 alike (https://dev.mysql.com/doc/refman/8.4/en/keywords.html).
    private const string ReservedWords = """
        ACCESSIBLE ADD ALL ALTER ANALYZE AND AS ASC ASENSITIVE BEFORE BETWEEN BIGINT BINARY BLOB BOTH BY CALL CASCADE CASE CHANGE CHAR CHARACTER CHECK COLLATE COLUMN CONDITION CONSTRAINT CONTINUE CONVERT CREATE CROSS
        CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATABASE DATABASES DAY_HOUR DAY_MICROSECOND DAY_MINUTE DAY_SECOND DEC DECIMAL DECLARE DEFAULT DELAYED DELETE DESC DESCRIBE DETERMINISTIC DISTINCT
        DISTINCTROW DIV DOUBLE DROP DUAL EACH ELSE ELSEIF ENCLOSED ESCAPED EXCEPT EXISTS EXIT EXPLAIN FALSE FETCH FLOAT FLOAT4 FLOAT8 FOR FORCE FOREIGN FROM FULLTEXT GRANT GROUP HAVING HIGH_PRIORITY HOUR_MICROSECOND
        HOUR_MINUTE HOUR_SECOND IF IGNORE IN INDEX INFILE INNER INOUT INSENSITIVE INSERT INT INT1 INT2 INT3 INT4 INT8 INTEGER INTERSECT INTERVAL INTO IS ITERATE JOIN KEY KEYS KILL LEADING LEAVE LEFT LIKE LIMIT LINEAR LINES
        LOAD LOCALTIME LOCALTIMESTAMP LOCK LONG LONGBLOB LONGTEXT LOOP LOW_PRIORITY MATCH MAXVALUE MEDIUMBLOB MEDIUMINT MEDIUMTEXT MIDDLEINT MINUTE_MICROSECOND MINUTE_SECOND MOD MODIFIES NATURAL NOT NO_WRITE_TO_BINLOG NULL
        NUMERIC ON OPTIMIZE OPTION OPTIONALLY OR ORDER OUT OUTER OUTFILE OVER PARTITION PRECISION PRIMARY PROCEDURE PURGE RANGE READ READS READ_WRITE REAL RECURSIVE REFERENCES REGEXP RELEASE RENAME REPEAT REPLACE REQUIRE RESIGNAL
        RESTRICT RETURN REVOKE RIGHT RLIKE ROWS SCHEMA SCHEMAS SECOND_MICROSECOND SELECT SENSITIVE SEPARATOR SET SHOW SIGNAL SMALLINT SPATIAL SPECIFIC SQL SQLEXCEPTION SQLSTATE SQLWARNING SQL_BIG_RESULT SQL_CALC_FOUND_ROWS
        SQL_SMALL_RESULT SSL STARTING STRAIGHT_JOIN TABLE TERMINATED THEN TINYBLOB TINYINT TINYTEXT TO TRAILING TRIGGER TRUE UNDO UNION UNIQUE UNLOCK UNSIGNED UPDATE USAGE USE USING UTC_DATE UTC_TIME UTC_TIMESTAMP VALUES
        VARBINARY VARCHAR VARCHARACTER VARYING WHEN WHERE WHILE WINDOW WITH WRITE XOR YEAR_MONTH ZEROFILL
        """;

    public static DataTable Get(string name, string serverVersion) =>
        name switch
        {
            "MetaDataCollections" => Table(
                name,
                [("CollectionName", typeof(string)), ("NumberOfRestrictions", typeof(int)), ("NumberOfIdentifierParts", typeof(int))],
                [
                    .. Names.Select(n => new object?[] { n, 0, 0 }),
                    .. ServerCollection.All.Select(c => new object?[] { c.Name, c.Restrictions.Count, c.IdentifierParts }),
                ]
            ),
            "Restrictions" => Table(
                name,
                [
                    ("CollectionName", typeof(string)),
                    ("RestrictionName", typeof(string)),
                    ("RestrictionDefault", typeof(string)),
                    ("RestrictionNumber", typeof(int)),
                ],
                [
                    .. ServerCollection.All.SelectMany(c =>
                        c.Restrictions.Select(
                            (r, i) =>
                                new object?[] { c.Name, r.Name, r.Column[(r.Column.IndexOf('.', StringComparison.Ordinal) + 1)..], i + 1 }
                        )
                    ),
                ]
            ),
            "ReservedWords" => Table(
                name,
                [(DbMetaDataColumnNames.ReservedWord, typeof(string))],
                [.. ReservedWords.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(w => new object?[] { w })]
            ),
            "DataTypes" => DataTypes(name),
            _ => DataSourceInformation(name, serverVersion),
        };

    private static DataTable DataTypes(string name) =>
        Table(
            name,
            [
                (DbMetaDataColumnNames.TypeName, typeof(string)),
                (DbMetaDataColumnNames.ProviderDbType, typeof(int)),
                (DbMetaDataColumnNames.ColumnSize, typeof(long)),
                (DbMetaDataColumnNames.CreateFormat, typeof(string)),
                (DbMetaDataColumnNames.CreateParameters, typeof(string)),
                (DbMetaDataColumnNames.DataType, typeof(string)),
                (DbMetaDataColumnNames.IsAutoIncrementable, typeof(bool)),
                (DbMetaDataColumnNames.IsBestMatch, typeof(bool)),
                (DbMetaDataColumnNames.IsCaseSensitive, typeof(bool)),
                (DbMetaDataColumnNames.IsNullable, typeof(bool)),
                (DbMetaDataColumnNames.IsUnsigned, typeof(bool)),
            ],
            [
                .. s_types.Select(
                    (t, i) =>
                        new object?[]
                        {
                            t.Name,
                            i,
                            null,
                            t.Format,
                            t.Parameters,
                            t.Type.FullName,
                            t.Name.Contains("INT", StringComparison.Ordinal),
                            s_types.First(other => other.Type == t.Type).Name == t.Name,
                            t.Type == typeof(byte[]),
                            true,
                            t.IsUnsigned,
                        }
                ),
            ]
        );

    private static DataTable DataSourceInformation(string name, string serverVersion)
    {
        (string Name, object Value)[] facts =
        [
            (DbMetaDataColumnNames.CompositeIdentifierSeparatorPattern, @"\."),
            (
                DbMetaDataColumnNames.DataSourceProductName,
                serverVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) ? "MariaDB" : "MySQL"
            ),
            (DbMetaDataColumnNames.DataSourceProductVersion, serverVersion),
            (DbMetaDataColumnNames.DataSourceProductVersionNormalized, Normalized(serverVersion)),
            (DbMetaDataColumnNames.GroupByBehavior, GroupByBehavior.Unrelated),
            (DbMetaDataColumnNames.IdentifierPattern, @"^([\p{L}\p{Nd}_$]+|`([^`]|``)+`)$"),
            (DbMetaDataColumnNames.IdentifierCase, IdentifierCase.Insensitive),
            (DbMetaDataColumnNames.OrderByColumnsInSelect, false),
            (DbMetaDataColumnNames.ParameterMarkerFormat, "{0}"),
            (DbMetaDataColumnNames.ParameterMarkerPattern, @"@([A-Za-z0-9_$]+)"),
            (DbMetaDataColumnNames.ParameterNameMaxLength, 128),
            (DbMetaDataColumnNames.ParameterNamePattern, "^[A-Za-z0-9_$]+$"),
            (DbMetaDataColumnNames.QuotedIdentifierPattern, @"`(([^`]|``)*)`"),
            (DbMetaDataColumnNames.QuotedIdentifierCase, IdentifierCase.Insensitive),
            (DbMetaDataColumnNames.StatementSeparatorPattern, ";"),
            (DbMetaDataColumnNames.StringLiteralPattern, @"'(([^']|'')*)'"),
            (
                DbMetaDataColumnNames.SupportedJoinOperators,
                SupportedJoinOperators.Inner | SupportedJoinOperators.LeftOuter | SupportedJoinOperators.RightOuter
            ),
        ];
        return Table(
            name,
            [.. facts.Select(f => (f.Name, f.Value.GetType()))],
            [
                [.. facts.Select(f => f.Value)],
            ]
        );
    }

    // 8.0.36 as 08.00.0036, which sorts as text.
    private static string Normalized(string version)
    {
        var parts = version
            .Split('-')[0]
            .Split('.')
            .Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Concat([0, 0, 0])
            .Take(3)
            .ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{parts[0]:00}.{parts[1]:00}.{parts[2]:0000}");
    }

    private static DataTable Table(string name, IEnumerable<(string Name, Type Type)> columns, IEnumerable<object?[]> rows)
    {
        var table = new DataTable(name) { Locale = CultureInfo.InvariantCulture };
        foreach (var (column, type) in columns)
            table.Columns.Add(column, type);
        foreach (var row in rows)
            table.Rows.Add(row);
        return table;
    }
}
