namespace Oms.MySql.Ddl;

/// <summary>What a DDL statement does.</summary>
public enum TableAction
{
    /// <summary>It changes neither tables nor databases: accounts, triggers, stored programs, maintenance.</summary>
    None,
    CreateTable,

    /// <summary>ALTER TABLE, CREATE INDEX, DROP INDEX.</summary>
    AlterTable,

    /// <summary>RENAME TABLE; an ALTER TABLE that renames has <see cref="TableStatement.Renames"/> too.</summary>
    RenameTables,
    DropTables,
    TruncateTable,

    /// <summary>CREATE, ALTER or DROP VIEW.</summary>
    ChangeViews,
    CreateDatabase,
    AlterDatabase,
    DropDatabase,

    /// <summary>It can't be read with certainty; <see cref="TableStatement.Reason"/> says why.</summary>
    Unreadable,
}

/// <summary>A table and its new name.</summary>
public readonly record struct TableRename(QualifiedTable From, QualifiedTable To);

/// <summary>A clause of an ALTER TABLE about partitions.</summary>
/// <param name="Partitions">The names of those that it makes (ADD), takes (REORGANIZE) or touches; none: all, or they have no
/// names.</param>
/// <param name="Table">The table of an EXCHANGE.</param>
public sealed record PartitionChange(PartitionAction Action, IReadOnlyList<string> Partitions, QualifiedTable? Table);

/// <summary>A DDL statement as one must know it who runs it at another server: what it does, to which tables, and where in its text they
/// are named.</summary>
public sealed class TableStatement
{
    // Functions and words whose value is not given by the row, the statement's time and its session's settings. A column of such a name,
    // too, is better refused than filled otherwise.
    private static readonly HashSet<string> s_varying =
    [
        "RAND",
        "RANDOM_BYTES",
        "UUID",
        "UUID_SHORT",
        "UUID_V4",
        "UUID_V7",
        "SYS_GUID",
        "SYSDATE",
        "SYSTIMESTAMP",
        "NEXT",
        "NEXTVAL",
        "PREVIOUS",
        "LASTVAL",
        "CONNECTION_ID",
        "LAST_INSERT_ID",
        "ROW_COUNT",
        "FOUND_ROWS",
        "ROWNUM",
        "CURRENT_USER",
        "CURRENT_ROLE",
        "USER",
        "SESSION_USER",
        "SYSTEM_USER",
        "DATABASE",
        "SCHEMA",
        "VERSION",
    ];

    private readonly SchemaStatement _statement;
    private readonly bool _isLowerCase;
    private readonly DdlContext _context;
    private readonly DdlStatement _parsed;

    private TableStatement(SchemaStatement statement, DdlContext context)
    {
        var parsed = DdlParser.Parse(statement.Sql, context.Dialect);
        (_statement, _parsed, _context, _isLowerCase) = (statement, parsed, context, context.Server.LowerCaseTableNames != 0);
        (Action, Tables) = parsed switch
        {
            DdlStatement.CreateTable create => (TableAction.CreateTable, [Name(create.Table)]),
            DdlStatement.AlterTable alter => (TableAction.AlterTable, [Name(alter.Table)]),
            DdlStatement.RenameTables rename => (TableAction.RenameTables, [.. rename.Renames.Select(r => Name(r.From))]),
            DdlStatement.DropTables drop => (TableAction.DropTables, [.. drop.Tables.Select(Name)]),
            DdlStatement.TruncateTable truncate => (TableAction.TruncateTable, [Name(truncate.Table)]),
            DdlStatement.ChangeViews views => (TableAction.ChangeViews, [.. views.Views.Select(Name)]),
            DdlStatement.CreateDatabase => (TableAction.CreateDatabase, []),
            DdlStatement.AlterDatabase => (TableAction.AlterDatabase, []),
            DdlStatement.DropDatabase => (TableAction.DropDatabase, []),
            DdlStatement.Unreadable unreadable => (TableAction.Unreadable, [.. unreadable.Tables.Select(Name)]),
            _ => (TableAction.None, (IReadOnlyList<QualifiedTable>)[]),
        };
    }

    /// <summary>What it does.</summary>
    public TableAction Action { get; }

    /// <summary>The tables (or views) that it creates, alters, renames, drops or empties; of an unreadable one those that are
    /// known.</summary>
    public IReadOnlyList<QualifiedTable> Tables { get; }

    /// <summary>The tables that get another name, one after the other.</summary>
    public IReadOnlyList<TableRename> Renames =>
        _parsed switch
        {
            DdlStatement.RenameTables rename => [.. rename.Renames.Select(r => new TableRename(Name(r.From), Name(r.To)))],
            DdlStatement.AlterTable alter =>
            [
                .. alter.Clauses.OfType<AlterClause.RenameTable>().Select(r => new TableRename(Name(alter.Table), Name(r.To))),
            ],
            _ => [],
        };

    /// <summary>The database that it creates, alters or drops; null for other statements.</summary>
    public string? Database =>
        _parsed switch
        {
            DdlStatement.CreateDatabase create => Cased(create.Name),
            DdlStatement.AlterDatabase alter => Cased(alter.Name ?? _statement.Database),
            DdlStatement.DropDatabase drop => Cased(drop.Name),
            _ => null,
        };

    /// <summary>An ALTER DATABASE names a character set or a collation.</summary>
    public bool ChangesCharset => _parsed is DdlStatement.AlterDatabase { Charset.IsEmpty: false };

    /// <summary>It is no statement about tables but one that may change their rows, logged as it was written.</summary>
    public bool ChangesRows => _parsed is DdlStatement.None { ChangesRows: true };

    /// <summary>It changes them by what it calls, and need not name them.</summary>
    public bool IsCall => _parsed is DdlStatement.None { IsCall: true };

    /// <summary>Why it can't be read; null when it can.</summary>
    public string? Reason => (_parsed as DdlStatement.Unreadable)?.Reason;

    /// <summary>The table whose structure a CREATE TABLE … LIKE takes.</summary>
    public QualifiedTable? Like => _parsed is DdlStatement.CreateTable { Like: { } like } ? Name(like) : null;

    /// <summary>It means a session's temporary table.</summary>
    public bool IsTemporary => _parsed is DdlStatement.CreateTable { IsTemporary: true } or DdlStatement.DropTables { IsTemporary: true };

    /// <summary>CREATE TABLE or CREATE DATABASE IF NOT EXISTS.</summary>
    public bool IfNotExists =>
        _parsed is DdlStatement.CreateTable { IfNotExists: true } or DdlStatement.CreateDatabase { IfNotExists: true };

    /// <summary>MariaDB's CREATE OR REPLACE TABLE.</summary>
    public bool IsReplace => _parsed is DdlStatement.CreateTable { IsReplace: true };

    /// <summary>MySQL's log of a CREATE TABLE … SELECT: its rows and their commit follow.</summary>
    public bool StartsTransaction => _parsed is DdlStatement.CreateTable { StartsTransaction: true };

    /// <summary>MariaDB's system versioning is there, comes or goes.</summary>
    public bool IsVersioned =>
        _parsed is DdlStatement.CreateTable { IsVersioned: true }
        || (
            _parsed is DdlStatement.AlterTable alter
            && alter.Clauses.Any(c =>
                c
                    is AlterClause.SystemVersioning
                        or AlterClause.AddColumn { Column.IsVersioned: true }
                        or AlterClause.ChangeColumn { Column.IsVersioned: true }
            )
        );

    /// <summary>The columns of each key of a CREATE TABLE that may name its rows: the primary key, else the unique keys of whole columns
    /// that can't be NULL.</summary>
    public IReadOnlyList<IReadOnlyList<string>> RowKeys =>
        _parsed is not DdlStatement.CreateTable create ? []
        : create.Keys.PrimaryKey.Count > 0 ? [create.Keys.PrimaryKey]
        : create.Columns.FirstOrDefault(c => c.IsPrimaryKey) is { } primary
            ?
            [
                [primary.Name],
            ]
        :
        [
            .. create.Columns.Where(c => c.IsUnique && IsNotNull(c)).Select(c => new[] { c.Name }),
            .. create.Keys.Unique.Where(key =>
                key.All(name => create.Columns.Any(c => IsNotNull(c) && c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            ),
        ];

    /// <summary>A clause of an ALTER TABLE by which rows come, go or move without standing in the log (partitions, tablespaces), as it is
    /// written; null when there is none.</summary>
    public string? MovesRows => (_parsed as DdlStatement.AlterTable)?.MovesRows;

    /// <summary>What an ALTER TABLE does to partitions; null when it does nothing to them.</summary>
    public PartitionChange? Partitioning =>
        (_parsed as DdlStatement.AlterTable)?.Partitioning is { } clause
            ? new PartitionChange(clause.Action, clause.Partitions, clause.Table is { } table ? Name(table) : null)
            : null;

    /// <summary>The character set that CONVERT TO names; null when there is no such clause.</summary>
    public string? ConvertsTo =>
        (_parsed as DdlStatement.AlterTable)?.Clauses.OfType<AlterClause.ConvertCharset>().FirstOrDefault()?.Charset.CharacterSet;

    /// <summary>An ALTER TABLE gives the table a column that counts: the server numbers the rows that are there.</summary>
    public bool NumbersRows =>
        (_parsed as DdlStatement.AlterTable)?.Clauses.Any(c => TableAlteration.Definition(c) is { IsAutoIncrement: true }) == true;

    /// <summary>What keeps the default of a column that an ALTER TABLE adds from giving the rows there are the same values at every server
    /// (RAND, UUID, …); null when nothing does.</summary>
    public string? VaryingDefault =>
        (_parsed as DdlStatement.AlterTable)
            ?.Clauses.OfType<AlterClause.AddColumn>()
            .SelectMany(c => c.Column.DefaultWords)
            .FirstOrDefault(s_varying.Contains);

    /// <summary>The first action of a foreign key in it that changes or deletes the referring rows (<c>ON DELETE CASCADE</c>, …); null when
    /// there is none.</summary>
    public string? Cascade => _parsed.Cascade;

    /// <summary>The storage engine that it names; null when it names none.</summary>
    public string? StorageEngine => _parsed.StorageEngine;

    /// <summary>Reads a statement; never throws.</summary>
    public static TableStatement Read(SchemaStatement statement, ServerCatalogue server) =>
        new(statement, new DdlContext(server, statement.Variables));

    /// <summary>Whether an unreadable statement has the table's name somewhere.</summary>
    public bool MayMean(QualifiedTable table) =>
        _parsed is DdlStatement.Unreadable unreadable
        && (
            unreadable.Names is { } names
                ? names.Any(n => Name(n) == table)
                : _statement.Sql.Contains(table.Table, StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>The statement for a destination, written anew from what was read.</summary>
    /// <param name="after">What the source's table is behind it; null where that is not known.</param>
    public PrintedStatement Print(StatementTarget target, TableDefinition? after)
    {
        if (
            Action
            is not (
                TableAction.CreateTable
                or TableAction.AlterTable
                or TableAction.RenameTables
                or TableAction.DropTables
                or TableAction.TruncateTable
            )
        )
            return new PrintedStatement.Refused(Reason ?? "it is no statement about tables");
        if (LostText() is { } lost)
            return new PrintedStatement.Refused(lost);
        try
        {
            var printer = new StatementPrinter(_parsed, _context, target, after, Name);
            return new PrintedStatement.Sql(printer.Print()) { Notes = printer.Notes };
        }
        catch (DdlPrintException e)
        {
            return new PrintedStatement.Refused(e.Message);
        }
    }

    /// <summary>Why some text of it is not known as the source has it: the server takes the bytes of a text for characters of another set
    /// than the client's.</summary>
    private string? LostText()
    {
        var (client, tokens) = (_statement.ClientCharacterSet, _parsed.Tokens);
        for (var i = 0; i < tokens.Count; i++)
        {
            var value = tokens[i].Value;
            if (System.Text.Ascii.IsValid(value))
                continue;
            if (_statement.HasLostCharacters && value.Contains('\uFFFD', StringComparison.Ordinal))
                return $"its text came in the character set {client}, of which '{value}' can't be read";
            if (tokens[i].Kind != SqlTokenKind.Text)
                continue;
            if (client == "binary")
                return $"the text '{value}' came as binary, and which characters it has is not known";
            // Texts that stand side by side are one.
            var first = i;
            while (first > 0 && tokens[first - 1].Kind == SqlTokenKind.Text)
                first--;
            if (
                first > 0
                && tokens[first - 1] is { Kind: SqlTokenKind.Word, Value: ['_', .. var set] }
                && !(ClientText.IsUtf8(set) && ClientText.IsUtf8(client))
            )
                return $"the text '{value}' came in the character set {client} and is meant as {set}";
        }
        return null;
    }

    private QualifiedTable Name(TableReference table) => new(Cased(table.Database ?? _statement.Database), Cased(table.Table));

    // A server that keeps names in lower case has them so in the table maps of rows, however statements write them.
    private string Cased(string name) => _isLowerCase ? name.ToLowerInvariant() : name;

    private static bool IsNotNull(ColumnSyntax column) => column.IsNullable == false || column.IsAutoIncrement || column.IsPrimaryKey;
}
