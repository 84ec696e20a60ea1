using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>A table as a statement names it.</summary>
internal readonly record struct TableReference(string? Database, string Table);

/// <summary>What a statement says of a character set; both may be missing.</summary>
internal readonly record struct CharsetClause(string? CharacterSet, string? Collation)
{
    public bool IsEmpty => CharacterSet is null && Collation is null;
}

/// <summary>A column's type as it is written, synonyms resolved.</summary>
/// <param name="Name">The canonical name: <c>int</c>, <c>varchar</c>, <c>double</c>, …</param>
/// <param name="Length">The first number in parentheses.</param>
/// <param name="Decimals">The second.</param>
internal sealed record ColumnTypeSyntax(string Name, long? Length = null, long? Decimals = null)
{
    public bool IsUnsigned { get; init; }
    public bool IsZeroFilled { get; init; }

    /// <summary>REAL, which <c>sql_mode=REAL_AS_FLOAT</c> makes a FLOAT.</summary>
    public bool IsReal { get; init; }

    /// <summary>The members of an ENUM or SET.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>The character set that the type itself names: utf8mb3 for NATIONAL, latin1 for ASCII, binary for BYTE, …</summary>
    public string? CharacterSet { get; init; }
}

/// <summary>A column's definition as far as it concerns what is stored and logged.</summary>
internal sealed record ColumnSyntax(string Name, ColumnTypeSyntax Type)
{
    public CharsetClause Charset { get; init; }

    /// <summary>The attribute BINARY: the <c>_bin</c> collation of the column's character set.</summary>
    public bool IsBinary { get; init; }

    /// <summary>NULL or NOT NULL, where either is written.</summary>
    public bool? IsNullable { get; init; }

    public bool IsAutoIncrement { get; init; }
    public bool IsPrimaryKey { get; init; }
    public bool IsUnique { get; init; }
    public bool IsGenerated { get; init; }
    public bool IsCompressed { get; init; }

    /// <summary>INVISIBLE: <c>SELECT *</c> does not show it.</summary>
    public bool IsInvisible { get; init; }

    /// <summary>SERIAL: also NOT NULL, AUTO_INCREMENT and UNIQUE.</summary>
    public bool IsSerial { get; init; }
    public bool HasDefault { get; init; }
    public bool HasOnUpdate { get; init; }

    /// <summary>The words of its default, outside of quotes: functions, keywords, other columns.</summary>
    public IReadOnlyList<string> DefaultWords { get; init; } = [];

    /// <summary>The column or its ROW START / ROW END makes the table a system-versioned one.</summary>
    public bool IsVersioned { get; init; }
}

/// <summary>Where a column goes: nowhere in particular, first, or behind another.</summary>
internal readonly record struct ColumnPlace(bool IsFirst, string? After);

/// <summary>A statement as far as it concerns the columns of tables.</summary>
internal abstract record DdlStatement
{
    /// <summary>All that was read of it.</summary>
    public IReadOnlyList<SqlToken> Tokens { get; init; } = [];

    /// <summary>What of it is printed otherwise than it is written.</summary>
    public IReadOnlyList<StatementPart> Parts { get; init; } = [];

    /// <summary>The first action of a foreign key in it that changes or deletes the referring rows, as it is written; null when there is
    /// none.</summary>
    public string? Cascade { get; init; }

    /// <summary>The storage engine that it names last; null when it names none.</summary>
    public string? StorageEngine { get; init; }

    /// <summary>A statement that changes no table's columns.</summary>
    /// <param name="ChangesRows">It may change the rows of tables.</param>
    /// <param name="IsCall">It does so by what it calls, and need not name them.</param>
    internal sealed record None(bool ChangesRows = false, bool IsCall = false) : DdlStatement
    {
        public static None Instance { get; } = new();
    }

    /// <summary>A statement that may change the columns of tables and can't be read with certainty.</summary>
    /// <param name="Reason">What is not understood.</param>
    /// <param name="Tables">The tables that are known to be meant.</param>
    /// <param name="Names">Every name in the statement, with the one before its dot; null when the statement can't even be cut into
    /// tokens.</param>
    internal sealed record Unreadable(string Reason, IReadOnlyList<TableReference> Tables, IReadOnlyList<TableReference>? Names)
        : DdlStatement;

    internal sealed record CreateTable(TableReference Table) : DdlStatement
    {
        public bool IsTemporary { get; init; }
        public bool IsReplace { get; init; }

        /// <summary>START TRANSACTION: MySQL's log of a CREATE TABLE … SELECT, whose rows follow.</summary>
        public bool StartsTransaction { get; init; }
        public bool IfNotExists { get; init; }
        public TableReference? Like { get; init; }
        public IReadOnlyList<ColumnSyntax> Columns { get; init; } = [];
        public KeyClauses Keys { get; init; } = KeyClauses.None;
        public CharsetClause Charset { get; init; }
        public bool IsVersioned { get; init; }
        public bool IsPartitioned { get; init; }
    }

    /// <summary>ALTER TABLE; CREATE and DROP INDEX are the same with a clause less.</summary>
    /// <param name="Clauses">Those that concern columns, primary key or name.</param>
    internal sealed record AlterTable(TableReference Table, bool IfExists, IReadOnlyList<AlterClause> Clauses) : DdlStatement
    {
        /// <summary>The first word(s) of a clause that changes or moves rows without logging them, or keeps them elsewhere: partitions,
        /// tablespaces; null when there is none.</summary>
        public string? MovesRows { get; init; }

        /// <summary>What it does to the table's partitions.</summary>
        public PartitionClause? Partitioning { get; init; }
    }

    internal sealed record TruncateTable(TableReference Table) : DdlStatement;

    /// <summary>CREATE, ALTER or DROP VIEW.</summary>
    internal sealed record ChangeViews(IReadOnlyList<TableReference> Views) : DdlStatement;

    internal sealed record RenameTables(IReadOnlyList<(TableReference From, TableReference To)> Renames) : DdlStatement;

    internal sealed record DropTables(IReadOnlyList<TableReference> Tables, bool IsTemporary) : DdlStatement;

    internal sealed record CreateDatabase(string Name, bool IfNotExists, CharsetClause Charset) : DdlStatement;

    /// <param name="Name">Null for the default database.</param>
    internal sealed record AlterDatabase(string? Name, CharsetClause Charset) : DdlStatement;

    internal sealed record DropDatabase(string Name) : DdlStatement;
}

/// <summary>What an ALTER TABLE does to partitions.</summary>
public enum PartitionAction
{
    /// <summary>ADD PARTITION.</summary>
    Add,

    /// <summary>DROP PARTITION: the rows go with it.</summary>
    Drop,

    /// <summary>TRUNCATE PARTITION.</summary>
    Truncate,

    /// <summary>EXCHANGE PARTITION … WITH TABLE.</summary>
    Exchange,

    /// <summary>REORGANIZE PARTITION: the rows stay.</summary>
    Reorganize,

    /// <summary>COALESCE PARTITION: the rows stay.</summary>
    Coalesce,

    /// <summary>REMOVE PARTITIONING: the rows stay.</summary>
    Remove,

    /// <summary>PARTITION BY: the rows stay.</summary>
    PartitionBy,

    /// <summary>ANALYZE, CHECK, OPTIMIZE, REBUILD, REPAIR or UPGRADE: the rows stay.</summary>
    Maintain,

    /// <summary>DISCARD or IMPORT PARTITION … TABLESPACE.</summary>
    Tablespace,
}

/// <summary>A clause of an ALTER TABLE about partitions.</summary>
/// <param name="Partitions">The names of those that it makes (ADD), takes (REORGANIZE) or touches; none: all, or they have no
/// names.</param>
/// <param name="Table">The table of an EXCHANGE.</param>
internal sealed record PartitionClause(PartitionAction Action, IReadOnlyList<string> Partitions, TableReference? Table);

/// <summary>What a table's keys and periods say of its columns: all named ones are NOT NULL.</summary>
internal sealed record KeyClauses(IReadOnlyList<string> PrimaryKey, IReadOnlyList<string> Period)
{
    /// <summary>The unique keys, the primary key apart.</summary>
    public IReadOnlyList<KeySyntax> UniqueKeys { get; init; } = [];

    /// <summary>The columns of each unique key over whole columns.</summary>
    public IEnumerable<IReadOnlyList<string>> Unique =>
        UniqueKeys
            .Where(k => k.Parts is { } parts && parts.All(p => p.Prefix is null))
            .Select(k => (string[])[.. k.Parts!.Select(p => p.Column)]);

    public static KeyClauses None { get; } = new([], []);
}

/// <summary>A unique key as it is written.</summary>
/// <param name="Name">Null: the server makes one up.</param>
/// <param name="Parts">Null when it has an expression or a period.</param>
/// <param name="UsesHash">USING HASH.</param>
internal sealed record KeySyntax(string? Name, IReadOnlyList<KeyPart>? Parts, bool UsesHash)
{
    /// <summary>IF NOT EXISTS.</summary>
    public bool MayBeThere { get; init; }
}

/// <summary>One clause of an ALTER TABLE.</summary>
internal abstract record AlterClause
{
    internal sealed record AddColumn(ColumnSyntax Column, ColumnPlace Place, bool IfNotExists) : AlterClause;

    /// <summary>CHANGE and MODIFY.</summary>
    internal sealed record ChangeColumn(string Name, ColumnSyntax Column, ColumnPlace Place, bool IfExists) : AlterClause;

    internal sealed record RenameColumn(string Name, string NewName, bool IfExists) : AlterClause;

    internal sealed record DropColumn(string Name, bool IfExists) : AlterClause;

    internal sealed record AddKeys(KeyClauses Keys) : AlterClause;

    internal sealed record DropPrimaryKey : AlterClause;

    /// <summary>An index or a constraint goes; told of MariaDB only, whose rows depend on it (<see cref="HiddenColumns"/>).</summary>
    internal sealed record DropKey(string Name) : AlterClause;

    /// <inheritdoc cref="DropKey"/>
    internal sealed record RenameKey(string Name, string NewName) : AlterClause;

    /// <summary>ALTER COLUMN … SET VISIBLE or INVISIBLE.</summary>
    internal sealed record SetVisibility(string Name, bool IsInvisible) : AlterClause;

    internal sealed record ConvertCharset(CharsetClause Charset) : AlterClause;

    internal sealed record DefaultCharset(CharsetClause Charset) : AlterClause;

    internal sealed record RenameTable(TableReference To) : AlterClause;

    internal sealed record SystemVersioning(bool IsOn) : AlterClause;
}
