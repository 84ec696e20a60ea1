namespace Oms.MySql;

/// <summary>A schema collection that the server's information_schema answers.</summary>
/// <param name="Restrictions">By position: the restriction's name and the column that it is compared with.</param>
/// <param name="IdentifierParts">How many names it takes to name one of its rows.</param>
/// <param name="Select">A query without conditions of the caller's, that ends in a WHERE.</param>
internal sealed record ServerCollection(
    string Name,
    int IdentifierParts,
    IReadOnlyList<(string Name, string Column)> Restrictions,
    string Select,
    string OrderBy,
    string GroupBy = ""
)
{
    public static readonly IReadOnlyList<ServerCollection> All =
    [
        new(
            "Databases",
            1,
            [("Name", "SCHEMA_NAME")],
            "SELECT CATALOG_NAME, SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, SQL_PATH FROM information_schema.SCHEMATA WHERE TRUE",
            "SCHEMA_NAME"
        ),
        new(
            "Tables",
            2,
            [("Catalog", "TABLE_CATALOG"), ("Schema", "TABLE_SCHEMA"), ("Table", "TABLE_NAME"), ("TableType", "TABLE_TYPE")],
            """
            SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, VERSION, ROW_FORMAT, TABLE_ROWS, AVG_ROW_LENGTH, DATA_LENGTH, MAX_DATA_LENGTH, INDEX_LENGTH, DATA_FREE, AUTO_INCREMENT,
              CREATE_TIME, UPDATE_TIME, CHECK_TIME, TABLE_COLLATION, CHECKSUM, CREATE_OPTIONS, TABLE_COMMENT FROM information_schema.TABLES WHERE TRUE
            """,
            "TABLE_SCHEMA, TABLE_NAME"
        ),
        new(
            "Columns",
            3,
            [("Catalog", "TABLE_CATALOG"), ("Schema", "TABLE_SCHEMA"), ("Table", "TABLE_NAME"), ("Column", "COLUMN_NAME")],
            """
            SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE,
              DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME, COLUMN_TYPE, COLUMN_KEY, EXTRA, PRIVILEGES, COLUMN_COMMENT, GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TRUE
            """,
            "TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"
        ),
        new(
            "Views",
            2,
            [("Catalog", "TABLE_CATALOG"), ("Schema", "TABLE_SCHEMA"), ("Table", "TABLE_NAME")],
            """
            SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, IS_UPDATABLE, DEFINER, SECURITY_TYPE, CHARACTER_SET_CLIENT, COLLATION_CONNECTION FROM information_schema.VIEWS WHERE TRUE
            """,
            "TABLE_SCHEMA, TABLE_NAME"
        ),
        new(
            "Indexes",
            3,
            [("Catalog", "INDEX_CATALOG"), ("Schema", "INDEX_SCHEMA"), ("Table", "TABLE_NAME"), ("Name", "INDEX_NAME")],
            """
            SELECT NULL AS INDEX_CATALOG, INDEX_SCHEMA, INDEX_NAME, TABLE_NAME, MAX(NON_UNIQUE) = 0 AS `UNIQUE`, INDEX_NAME = 'PRIMARY' AS `PRIMARY`, MAX(INDEX_TYPE) AS TYPE, MAX(INDEX_COMMENT) AS COMMENT
            FROM information_schema.STATISTICS WHERE TRUE
            """,
            "INDEX_SCHEMA, TABLE_NAME, INDEX_NAME",
            "INDEX_SCHEMA, TABLE_NAME, INDEX_NAME"
        ),
        new(
            "IndexColumns",
            4,
            [
                ("Catalog", "INDEX_CATALOG"),
                ("Schema", "INDEX_SCHEMA"),
                ("Table", "TABLE_NAME"),
                ("Name", "INDEX_NAME"),
                ("Column", "COLUMN_NAME"),
            ],
            """
            SELECT NULL AS INDEX_CATALOG, INDEX_SCHEMA, INDEX_NAME, TABLE_NAME, COLUMN_NAME, SEQ_IN_INDEX AS ORDINAL_POSITION, COLLATION AS SORT_ORDER FROM information_schema.STATISTICS WHERE TRUE
            """,
            "INDEX_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
        ),
        new(
            "ForeignKeys",
            3,
            [
                ("Catalog", "k.CONSTRAINT_CATALOG"),
                ("Schema", "k.CONSTRAINT_SCHEMA"),
                ("Table", "k.TABLE_NAME"),
                ("Name", "k.CONSTRAINT_NAME"),
            ],
            """
            SELECT r.CONSTRAINT_CATALOG, r.CONSTRAINT_SCHEMA, r.CONSTRAINT_NAME, k.TABLE_CATALOG, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME, k.ORDINAL_POSITION, r.MATCH_OPTION, r.UPDATE_RULE, r.DELETE_RULE,
              NULL AS REFERENCED_TABLE_CATALOG, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME
            FROM information_schema.REFERENTIAL_CONSTRAINTS r JOIN information_schema.KEY_COLUMN_USAGE k
              ON k.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME AND k.TABLE_NAME = r.TABLE_NAME WHERE TRUE
            """,
            "k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION"
        ),
    ];

    /// <summary>The query with the restrictions that are given (null: any). Of a catalog there is one, so it restricts nothing.</summary>
    public void Fill(MySqlCommand command, IReadOnlyList<string?> restrictions)
    {
        var text = new System.Text.StringBuilder(Select.TrimEnd());
        for (var i = 0; i < restrictions.Count; i++)
        {
            if (string.IsNullOrEmpty(restrictions[i]) || Restrictions[i].Name == "Catalog")
                continue;
            text.Append(" AND ").Append(Restrictions[i].Column).Append(" = ?");
            command.Parameters.AddWithValue("", restrictions[i]);
        }
        if (GroupBy.Length > 0)
            text.Append(" GROUP BY ").Append(GroupBy);
        command.CommandText = text.Append(" ORDER BY ").Append(OrderBy).ToString();
    }
}
