namespace Oms.MySql.Schema;

// CREATE TABLE: columns, keys, options.
internal sealed partial class DdlParser
{
    // Options of all three servers that don't concern columns; each has one value.
    private static readonly string[] s_plainOptions =
    [
        "ENGINE", "TYPE", "AUTO_INCREMENT", "AVG_ROW_LENGTH", "CHECKSUM", "TABLE_CHECKSUM", "COMMENT", "COMPRESSION", "CONNECTION", "DELAY_KEY_WRITE", "ENCRYPTION", "ENCRYPTED", "ENCRYPTION_KEY_ID",
        "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "SECONDARY_ENGINE", "IETF_QUOTES", "INSERT_METHOD", "KEY_BLOCK_SIZE", "MAX_ROWS", "MIN_ROWS", "PACK_KEYS", "PAGE_CHECKSUM", "PAGE_COMPRESSED",
        "PAGE_COMPRESSION_LEVEL", "PASSWORD", "ROW_FORMAT", "STATS_AUTO_RECALC", "STATS_PERSISTENT", "STATS_SAMPLE_PAGES", "TABLESPACE", "TRANSACTIONAL", "AUTOEXTEND_SIZE", "STORAGE",
        "REPLICA_NUM", "BLOCK_SIZE", "USE_BLOOM_FILTER", "ENABLE_MACRO_BLOCK_BLOOM_FILTER", "PCTFREE", "TABLET_SIZE", "PRIMARY_ZONE", "LOCALITY", "TABLEGROUP", "PROGRESSIVE_MERGE_NUM", "DUPLICATE_SCOPE",
        "TABLE_MODE", "LOB_INROW_THRESHOLD", "PARALLEL", "MAX_USED_PART_ID", "ORGANIZATION", "AUTO_INCREMENT_MODE", "AUTO_INCREMENT_CACHE_SIZE",
    ];

    private string? _cascade, _storageEngine;

    private DdlStatement.CreateTable CreateTable()
    {
        var ifNotExists = TryTake("IF", "NOT", "EXISTS");
        var statement = new DdlStatement.CreateTable(Named(Table())) { IfNotExists = ifNotExists };
        if (TryTake("LIKE"))
            return Like(statement);
        Expect('(');
        if (TryTake("LIKE"))
        {
            statement = statement with { Like = Table() };
            Expect(')');
            ExpectEnd();
            return statement;
        }
        var columns = new List<ColumnSyntax>();
        var keys = KeyClauses.None;
        var isVersioned = false;
        do
        {
            if (Key() is { } key)
                keys = Join(keys, key);
            else
                columns.Add(Column());
        }
        while (TryTake(','));
        Expect(')');
        var optionsStart = Taken;
        isVersioned |= columns.Any(c => c.IsVersioned);
        var charset = default(CharsetClause);
        while (!IsAtEnd)
        {
            if (TryTake("WITH", "SYSTEM", "VERSIONING"))
                isVersioned = true;
            else if (IsWord("PARTITION"))
                Partitions();
            else if (TryTake("START", "TRANSACTION"))
                statement = statement with { StartsTransaction = true };
            else if (!TryTake("WITHOUT", "SYSTEM", "VERSIONING") && !TryTake(',') && !TryTableOption(ref charset) && !TryTake(';'))
                throw NotUnderstood();
        }
        // Behind partitions it may not stand.
        if (charset.IsEmpty)
            Mark(new StatementPart.TableCharset(optionsStart, optionsStart, charset));
        return statement with { Columns = columns, Keys = keys, Charset = charset, IsVersioned = isVersioned };
    }

    private DdlStatement.CreateTable Like(DdlStatement.CreateTable statement)
    {
        statement = statement with { Like = Table() };
        ExpectEnd();
        return statement;
    }

    /// <summary>An index or a constraint; null when a column stands here.</summary>
    private KeyClauses? Key()
    {
        if (Current.Kind != SqlTokenKind.Word)
            return null;
        if (TryTake("PERIOD", "FOR"))
        {
            Name();
            return new KeyClauses([], KeyColumns());
        }
        var isConstraint = TryTake("CONSTRAINT");
        if (isConstraint && !IsAnyWord("PRIMARY", "UNIQUE", "FOREIGN", "CHECK"))
            Name();
        if (TryTake("PRIMARY", "KEY"))
        {
            while (!Current.IsSymbol('('))
            {
                if (IsAtEnd || IsWord("IF"))
                    throw NotUnderstood();
                Take(); // an index name, USING BTREE
            }
            var columns = KeyColumns();
            SkipItem();
            return new KeyClauses(columns, []);
        }
        if (isConstraint || IsAnyWord("UNIQUE", "KEY", "INDEX", "FULLTEXT", "FOREIGN", "CHECK") || (IsAnyWord("SPATIAL", "VECTOR") && (Ahead(1).IsWord("INDEX") || Ahead(1).IsWord("KEY") || Ahead(1).IsSymbol('('))))
        {
            if (isConstraint && !IsAnyWord("UNIQUE", "FOREIGN", "CHECK"))
                throw NotUnderstood();
            var unique = IsWord("UNIQUE") ? WholeColumns() : null;
            while (!IsAtEnd && !Current.IsSymbol(',') && !Current.IsSymbol(')'))
            {
                if (Current.IsSymbol('('))
                    SkipParentheses();
                else if (TryTake("REFERENCES"))
                    References();
                else
                    Take();
            }
            return unique is null ? KeyClauses.None : KeyClauses.None with { Unique = [unique] };
        }
        return null;
    }

    /// <summary>The columns of the key that stands here, nothing taken; null when it has a part of a column or an expression.</summary>
    private List<string>? WholeColumns()
    {
        var at = 0;
        while (!Ahead(at).IsSymbol('('))
            if (Ahead(at++).Kind == SqlTokenKind.End)
                return null;
        var names = new List<string>();
        do
        {
            if (!Ahead(++at).IsName)
                return null;
            names.Add(Ahead(at++).Value);
            if (Ahead(at).IsWord("ASC") || Ahead(at).IsWord("DESC"))
                at++;
        }
        while (Ahead(at).IsSymbol(','));
        return Ahead(at).IsSymbol(')') ? names : null;
    }

    private List<string> KeyColumns()
    {
        var names = new List<string>();
        Expect('(');
        do
        {
            if (Current.IsSymbol('('))
                throw NotUnderstood(); // an expression can't be part of a primary key
            names.Add(Name());
            if (Current.IsSymbol('('))
                SkipParentheses();
            TryTakeAny("ASC", "DESC");
            TryTake("WITHOUT", "OVERLAPS");
        }
        while (TryTake(','));
        Expect(')');
        return names;
    }

    private bool TryTableOption(ref CharsetClause charset)
    {
        if (Current.Kind != SqlTokenKind.Word)
            return false;
        var start = Taken;
        if (Ahead(1).IsWord("CHARACTER") || Ahead(1).IsWord("CHAR") || Ahead(1).IsWord("CHARSET") || Ahead(1).IsWord("COLLATE"))
            TryTake("DEFAULT");
        if (TryCharset(ref charset))
        {
            Mark(new StatementPart.TableCharset(start, Taken, charset));
            return true;
        }
        if (TryTakeAny("NOPARALLEL"))
            return true;
        if (TryTake("UNION"))
        {
            TryTake('=');
            SkipParentheses();
            return true;
        }
        if (TryTake("WITH", "COLUMN", "GROUP"))
        {
            SkipParentheses();
            return true;
        }
        var isEngine = IsAnyWord("ENGINE", "TYPE");
        if (!TryTake("DATA", "DIRECTORY") && !TryTake("INDEX", "DIRECTORY") && !TryTakeAny(s_plainOptions))
            return false;
        TryTake('=');
        if (IsAtEnd)
            throw NotUnderstood();
        var value = Take().Value;
        if (isEngine)
            _storageEngine = value;
        return true;
    }

    /// <summary>PARTITION BY … to the end of the statement: partitions don't concern columns, but a query behind them would.</summary>
    private void Partitions()
    {
        Expect("PARTITION", "BY");
        while (!IsAtEnd)
        {
            if (IsAnyWord("SELECT", "AS", "WITH", "TABLE", "IGNORE", "REPLACE"))
                throw NotUnderstood();
            if (Current.IsSymbol('('))
                SkipParentheses();
            else
                Take();
        }
    }

    private static KeyClauses Join(KeyClauses left, KeyClauses right) => new([.. left.PrimaryKey, .. right.PrimaryKey], [.. left.Period, .. right.Period]) { Unique = [.. left.Unique, .. right.Unique] };
}
