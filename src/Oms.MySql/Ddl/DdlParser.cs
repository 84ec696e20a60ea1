namespace Oms.MySql.Ddl;

/// <summary>
/// Reads a statement of MySQL 5.7 to 9, MariaDB 10.5 to 11.8 or OceanBase as far as it changes what columns a table has. What is not
/// understood is never passed over: the result is then <see cref="DdlStatement.Unreadable"/> with the reason and the tables concerned.
/// </summary>
internal sealed partial class DdlParser : TokenReader
{
    private static readonly string[] s_noTables =
    [
        "USER",
        "ROLE",
        "SERVER",
        "TABLESPACE",
        "LOGFILE",
        "UNDO",
        "RESOURCE",
        "SPATIAL",
        "VIEW",
        "TRIGGER",
        "PROCEDURE",
        "FUNCTION",
        "EVENT",
        "SEQUENCE",
        "PACKAGE",
        "INSTANCE",
        "LIBRARY",
        "OUTLINE",
        "TABLEGROUP",
        "TENANT",
        "UNIT",
        "SYNONYM",
        "RESTORE",
        "CONTEXT",
        "MASKING",
        "JSON",
        "PREPARE",
    ];

    // Settings that say how long a statement may take, and by which way it is done.
    private static readonly HashSet<string> s_plainSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        "max_statement_time",
        "lock_wait_timeout",
        "innodb_lock_wait_timeout",
        "alter_algorithm",
        "old_alter_table",
        "sort_buffer_size",
        "myisam_sort_buffer_size",
        "innodb_sort_buffer_size",
        "log_slow_query",
        "slow_query_log",
        "long_query_time",
        "log_slow_query_time",
    };

    private readonly SqlDialect _dialect;
    private readonly List<TableReference> _named = [];

    private DdlParser(IReadOnlyList<SqlToken> tokens, SqlDialect dialect)
        : base(tokens) => _dialect = dialect;

    /// <summary>Reads a statement; never throws.</summary>
    public static DdlStatement Parse(string sql, SqlDialect dialect)
    {
        if (SqlLexer.Read(sql, dialect) is not { } tokens)
            return new DdlStatement.Unreadable("a quote or a comment in it is not closed, or a literal is none", [], null);
        if (tokens is [.., var semicolon, { Kind: SqlTokenKind.End } end] && semicolon.IsSymbol(';'))
            tokens = [.. tokens.Take(tokens.Count - 2), end];
        var parser = new DdlParser(tokens, dialect);
        try
        {
            return parser.Statement() with
            {
                Tokens = tokens,
                Parts = parser.Parts,
                Cascade = parser._cascade,
                StorageEngine = parser._storageEngine,
            };
        }
        catch (DdlSyntaxException e)
        {
            return new DdlStatement.Unreadable(e.Message, parser._named, Names(tokens));
        }
    }

    private static List<TableReference> Names(IReadOnlyList<SqlToken> tokens)
    {
        var names = new List<TableReference>();
        for (var i = 0; i < tokens.Count; i++)
            if (tokens[i].IsName)
                names.Add(
                    new TableReference(
                        i >= 2 && tokens[i - 1].IsSymbol('.') && tokens[i - 2].IsName ? tokens[i - 2].Value : null,
                        tokens[i].Value
                    )
                );
        return names;
    }

    private DdlStatement Statement()
    {
        if (TryTake("CREATE"))
            return Create();
        if (TryTake("ALTER"))
            return Alter();
        if (TryTake("DROP"))
            return Drop();
        if (TryTake("RENAME"))
            return TryTake("USER") ? DdlStatement.None.Instance : RenameTables();
        if (TryTake("TRUNCATE"))
            return Truncate();
        if (IsAnyWord("IMPORT", "FLASHBACK")) // MySQL's IMPORT TABLE, OceanBase's FLASHBACK TABLE
            throw NotUnderstood();
        if (IsWord("SET") && Ahead(1).IsWord("STATEMENT"))
        {
            // MariaDB: any statement, which then runs with other settings than its event tells.
            string? setting = null;
            TryLeaveOut(() => Settings(out setting));
            var statement = Statement();
            return statement is DdlStatement.None || setting is null
                ? statement
                : throw new DdlSyntaxException($"SET STATEMENT {setting} may give it another meaning");
        }
        return Rows();
    }

    /// <summary>What is logged as it was written where a session's binlog_format is STATEMENT: a change of rows, or a SELECT for a function
    /// that makes one.</summary>
    private DdlStatement.None Rows()
    {
        // MariaDB's runs what stands behind it; the other is about tables.
        if (TryTake("ANALYZE"))
            return new DdlStatement.None(
                !IsAnyWord("TABLE", "TABLES")
                    && !(IsAnyWord("LOCAL", "NO_WRITE_TO_BINLOG") && Ahead(1).Value.ToUpperInvariant() is "TABLE" or "TABLES")
            );
        var isCall = Current.IsSymbol('(') || IsAnyWord("SELECT", "VALUES", "DO", "CALL", "EXECUTE", "BEGIN", "WITH");
        return new DdlStatement.None(isCall || IsAnyWord("INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "HANDLER"), isCall);
    }

    /// <param name="meaningful">One of them that may change what the statement does.</param>
    private bool Settings(out string? meaningful)
    {
        meaningful = null;
        Expect("SET", "STATEMENT");
        do
        {
            var name = Name();
            if (!s_plainSettings.Contains(name))
                meaningful ??= name;
            Expect('=');
            while (!IsAtEnd && !Current.IsSymbol(',') && !IsWord("FOR"))
            {
                if (Current.IsSymbol('('))
                    Expression();
                else
                    Take();
            }
        } while (TryTake(','));
        Expect("FOR");
        return true;
    }

    private DdlStatement Create()
    {
        var isReplace = TryTake("OR", "REPLACE");
        if (TryTake("TEMPORARY", "TABLE"))
            return CreateTable() with { IsTemporary = true };
        if (TryTake("TABLE"))
            return CreateTable() with { IsReplace = isReplace };
        if (TryTakeAny("DATABASE", "SCHEMA"))
        {
            var ifNotExists = TryTake("IF", "NOT", "EXISTS");
            return new DdlStatement.CreateDatabase(Name(), ifNotExists, DatabaseOptions());
        }
        TryLeaveOut(() => TryTakeAny("ONLINE", "OFFLINE"));
        if (IsWord("INDEX") || Ahead(1).IsWord("INDEX"))
            return CreateIndex(isReplace);
        return WithoutTables();
    }

    private DdlStatement.TruncateTable Truncate()
    {
        TryTake("TABLE");
        var table = Named(Table());
        TryLeaveOut(Wait);
        ExpectEnd();
        return new DdlStatement.TruncateTable(table);
    }

    private DdlStatement Alter()
    {
        TryLeaveOut(() => TryTakeAny("ONLINE", "OFFLINE"));
        if (TryTake("IGNORE"))
            _movesRows = "IGNORE"; // rows that violate a new key go
        if (TryTake("TABLE"))
            return AlterTable();
        if (TryTakeAny("DATABASE", "SCHEMA"))
        {
            var name = IsAnyWord("DEFAULT", "CHARACTER", "COLLATE", "READ") ? null : Name();
            return TryTake("UPGRADE", "DATA", "DIRECTORY", "NAME")
                ? throw NotUnderstood()
                : new DdlStatement.AlterDatabase(name, DatabaseOptions());
        }
        return WithoutTables();
    }

    private DdlStatement Drop()
    {
        var isTemporary = TryTake("TEMPORARY");
        if (TryTakeAny("TABLE", "TABLES"))
        {
            TryTake("IF", "EXISTS");
            var tables = new List<TableReference>();
            do tables.Add(Named(Table()));
            while (TryTake(','));
            TryLeaveOut(Wait);
            TryTakeAny("RESTRICT", "CASCADE");
            ExpectEnd();
            return new DdlStatement.DropTables(tables, isTemporary);
        }
        if (TryTakeAny("DATABASE", "SCHEMA"))
        {
            TryTake("IF", "EXISTS");
            var name = Name();
            ExpectEnd();
            return new DdlStatement.DropDatabase(name);
        }
        TryLeaveOut(() => TryTakeAny("ONLINE", "OFFLINE"));
        if (TryTake("INDEX"))
        {
            TryTake("IF", "EXISTS");
            var index = Name();
            Expect("ON");
            var clauses = new List<AlterClause>();
            DropKey(clauses, index);
            return IndexEnd(Named(Table()), clauses);
        }
        return WithoutTables();
    }

    private DdlStatement.RenameTables RenameTables()
    {
        if (!TryTakeAny("TABLE", "TABLES"))
            throw NotUnderstood();
        TryTake("IF", "EXISTS");
        var renames = new List<(TableReference, TableReference)>();
        do
        {
            var from = Named(Table());
            TryLeaveOut(Wait);
            Expect("TO");
            renames.Add((from, Named(Table())));
        } while (TryTake(','));
        ExpectEnd();
        return new DdlStatement.RenameTables(renames);
    }

    /// <summary>The rest of a CREATE, ALTER or DROP of something that is no table: DEFINER, ALGORITHM and the like may stand before the
    /// word that tells what it is.</summary>
    private DdlStatement WithoutTables()
    {
        if (TryTake("DEFINER"))
        {
            Expect('=');
            while (!IsAtEnd && !IsAnyWord(s_noTables) && !IsAnyWord("SQL", "AGGREGATE"))
                Take();
        }
        while (TryTakeAny("ALGORITHM"))
        {
            Expect('=');
            Take();
        }
        if (TryTake("DEFINER"))
            while (!IsAtEnd && !IsAnyWord(s_noTables) && !IsAnyWord("SQL"))
                Take();
        if (TryTake("SQL", "SECURITY"))
            Take();
        TryTakeAny("AGGREGATE", "PUBLIC");
        if (TryTake("VIEW"))
            return Views();
        return IsAnyWord(s_noTables) ? DdlStatement.None.Instance : throw NotUnderstood();
    }

    // Of CREATE and ALTER there is one name; what follows it tells no more of whose view it is.
    private DdlStatement.ChangeViews Views()
    {
        if (!TryTake("IF", "NOT", "EXISTS"))
            TryTake("IF", "EXISTS");
        var views = new List<TableReference>();
        do views.Add(Named(Table()));
        while (TryTake(','));
        return new DdlStatement.ChangeViews(views);
    }

    // How long MariaDB waits for the table.
    private bool Wait()
    {
        if (!TryTake("WAIT"))
            return TryTake("NOWAIT");
        Value();
        return true;
    }

    private void ExpectEnd()
    {
        if (!IsAtEnd)
            throw NotUnderstood();
    }

    private TableReference Named(TableReference table)
    {
        _named.Add(table);
        return table;
    }

    private static bool IsPrimary(string index) => index.Equals("PRIMARY", StringComparison.OrdinalIgnoreCase);
}
