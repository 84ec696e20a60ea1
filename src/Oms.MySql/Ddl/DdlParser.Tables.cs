namespace Oms.MySql.Ddl;

// CREATE TABLE: columns, keys, options; keys in full are in DdlParser.Keys.cs.
internal sealed partial class DdlParser
{
    private string? _cascade,
        _storageEngine;

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
        do
        {
            if (Key() is { } key)
                keys = Join(keys, key);
            else
                columns.Add(Column());
        } while (TryTake(','));
        Expect(')');
        var optionsStart = Taken;
        var isVersioned = columns.Any(c => c.IsVersioned);
        var charset = default(CharsetClause);
        while (!IsAtEnd)
        {
            if (TryTake("WITH", "SYSTEM", "VERSIONING"))
                isVersioned = true;
            else if (IsWord("PARTITION"))
            {
                PartitionBy();
                statement = statement with { IsPartitioned = true };
            }
            else if (TryLeaveOut(() => TryTake("START", "TRANSACTION")))
                statement = statement with { StartsTransaction = true };
            else if (IsAnyWord("SELECT", "AS", "WITH", "TABLE", "VALUES", "IGNORE", "REPLACE") || Current.IsSymbol('('))
                throw new DdlSyntaxException("CREATE TABLE … SELECT is not understood as a definition");
            else if (!TryTake("WITHOUT", "SYSTEM", "VERSIONING") && !TryTake(',') && !TryTableOption(ref charset))
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
        string? constraint = null;
        if (isConstraint && !IsAnyWord("PRIMARY", "UNIQUE", "FOREIGN", "CHECK"))
        {
            TryTake("IF", "NOT", "EXISTS");
            constraint = Name();
        }
        if (TryTake("PRIMARY", "KEY"))
        {
            KeyName();
            var columns = KeyColumns();
            KeyOptions();
            return new KeyClauses(columns, []);
        }
        if (TryTake("UNIQUE"))
        {
            TryTakeAny("INDEX", "KEY");
            return KeyClauses.None with { UniqueKeys = [UniqueKey(constraint)] };
        }
        if (TryTake("FOREIGN", "KEY"))
        {
            ForeignKey();
            return KeyClauses.None;
        }
        if (IsWord("CHECK"))
        {
            Check();
            return KeyClauses.None;
        }
        if (isConstraint)
            throw NotUnderstood();
        if (
            TryTakeAny("KEY", "INDEX")
            || TryTakeAny("FULLTEXT")
            || (IsAnyWord("SPATIAL", "VECTOR") && (Ahead(1).IsWord("INDEX") || Ahead(1).IsWord("KEY") || Ahead(1).IsSymbol('(')))
        )
        {
            TryTakeAny("SPATIAL", "VECTOR");
            TryTakeAny("INDEX", "KEY");
            TryTake("IF", "NOT", "EXISTS");
            KeyName();
            KeyParts();
            KeyOptions();
            return KeyClauses.None;
        }
        return null;
    }

    private void ForeignKey()
    {
        TryTake("IF", "NOT", "EXISTS");
        if (!Current.IsSymbol('('))
            Name();
        ColumnList();
        Expect("REFERENCES");
        References();
    }

    private KeySyntax UniqueKey(string? constraint)
    {
        var start = Taken;
        var mayBeThere = TryTake("IF", "NOT", "EXISTS");
        var name = KeyName() ?? constraint;
        var parts = KeyParts();
        KeyOptions();
        return new KeySyntax(name, parts, UsesHash(start)) { MayBeThere = mayBeThere };
    }

    /// <summary>Whether USING HASH is among what was taken.</summary>
    private bool UsesHash(int start) =>
        TakenSince(start).Zip(TakenSince(start).Skip(1)).Any(pair => pair.First.IsWord("USING") && pair.Second.IsWord("HASH"));

    private bool TryTableOption(ref CharsetClause charset)
    {
        var start = Taken;
        if (TryDefaultCharset(ref charset))
        {
            while (TryDefaultCharset(ref charset)) { }
            Mark(new StatementPart.TableCharset(start, Taken, charset));
            return true;
        }
        if (TryTake("WITH", "COLUMN", "GROUP"))
        {
            Expression();
            Mark(new StatementPart.Option(start, Taken, "WITH COLUMN GROUP", "", DdlOptions.OfTables["WITH COLUMN GROUP"]));
            return true;
        }
        if (TryTake("UNION"))
        {
            TryTake('=');
            Expression();
            Mark(new StatementPart.Option(start, Taken, "UNION", "", DdlOptions.OfTables["UNION"]));
            return true;
        }
        return TryOption(start, DdlOptions.OfTables);
    }

    private bool TryDefaultCharset(ref CharsetClause charset)
    {
        if (Ahead(1).IsWord("CHARACTER") || Ahead(1).IsWord("CHAR") || Ahead(1).IsWord("CHARSET") || Ahead(1).IsWord("COLLATE"))
            TryTake("DEFAULT");
        return TryCharset(ref charset);
    }

    /// <summary>An option that is known, or one that an engine of MariaDB defines: <c>name = value</c>, the name perhaps in
    /// quotes.</summary>
    private bool TryOption(int start, IReadOnlyDictionary<string, DdlOption> known)
    {
        var name = Current.Value.ToUpperInvariant();
        if (IsAnyWord("DATA", "INDEX") && Ahead(1).IsWord("DIRECTORY") && known.ContainsKey(name + " DIRECTORY"))
        {
            name += " DIRECTORY";
            Take();
        }
        else if (!Current.IsName || !(known.ContainsKey(name) || (_dialect.IsMariaDb && Ahead(1).IsSymbol('='))))
            return false;
        Take();
        var value = "";
        if (!DdlOptions.IsFlag(name))
        {
            TryTake('=');
            value = Value();
        }
        if (name is "ENGINE" or "TYPE")
            _storageEngine = value;
        var uses =
            _dialect.IsOceanBase && DdlOptions.IsOfOceanBasesStorage(name)
                ? DdlOptions.OceanBase
                : known.GetValueOrDefault(name, DdlOptions.Defined);
        Mark(new StatementPart.Option(start, Taken, name, value, uses));
        return true;
    }

    private static KeyClauses Join(KeyClauses left, KeyClauses right) =>
        new([.. left.PrimaryKey, .. right.PrimaryKey], [.. left.Period, .. right.Period])
        {
            UniqueKeys = [.. left.UniqueKeys, .. right.UniqueKeys],
        };
}
