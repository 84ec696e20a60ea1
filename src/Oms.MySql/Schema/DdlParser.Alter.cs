namespace Oms.MySql.Schema;

// ALTER TABLE.
internal sealed partial class DdlParser
{
    private string? _movesRows;

    private DdlStatement.AlterTable AlterTable()
    {
        var ifExists = TryTake("IF", "EXISTS");
        var table = Named(Table());
        Wait();
        var clauses = new List<AlterClause>();
        while (!IsAtEnd)
        {
            if (IsWord("PARTITION"))
            {
                _movesRows ??= "PARTITION";
                Partitions();
            }
            else if (!TryTake(',') && !TryTake(';'))
                Clause(clauses);
        }
        return new DdlStatement.AlterTable(table, ifExists, clauses) { MovesRows = _movesRows };
    }

    private void Clause(List<AlterClause> clauses)
    {
        var charset = default(CharsetClause);
        if (TryTake("ADD"))
            Add(clauses);
        else if (TryTake("DROP"))
            DropClause(clauses);
        else if (TryTake("MODIFY"))
        {
            TryTake("COLUMN");
            var ifExists = TryTake("IF", "EXISTS");
            var column = Column();
            clauses.Add(new AlterClause.ChangeColumn(column.Name, column, Place(), ifExists));
        }
        else if (TryTake("CHANGE"))
        {
            TryTake("COLUMN");
            var ifExists = TryTake("IF", "EXISTS");
            var name = Name();
            clauses.Add(new AlterClause.ChangeColumn(name, Column(), Place(), ifExists));
        }
        else if (TryTake("RENAME"))
            Rename(clauses);
        else if (TryTake("CONVERT", "TO"))
        {
            var start = Taken;
            if (!TryCharset(ref charset) || charset.CharacterSet is null)
                throw NotUnderstood();
            if (IsWord("COLLATE"))
                TryCharset(ref charset);
            Mark(new StatementPart.Convert(start, Taken, charset));
            clauses.Add(new AlterClause.ConvertCharset(charset));
        }
        else if (TryTake("ALTER"))
            AlterColumn();
        else if (TryTake("EXCHANGE", "PARTITION"))
        {
            _movesRows ??= "EXCHANGE PARTITION";
            Name();
            Expect("WITH", "TABLE");
            Table();
            if (TryTakeAny("WITH", "WITHOUT"))
                Expect("VALIDATION");
        }
        else if (TryTableOption(ref charset))
        {
            while (!Current.IsSymbol(',') && TryTableOption(ref charset))
            {
            }
            if (!charset.IsEmpty)
                clauses.Add(new AlterClause.DefaultCharset(charset));
        }
        else
            PlainClause();
    }

    private void Add(List<AlterClause> clauses)
    {
        if (TryTake("SYSTEM", "VERSIONING"))
            clauses.Add(new AlterClause.SystemVersioning(true));
        else if (IsWord("PARTITION") && !Ahead(1).IsSymbol('.'))
        {
            _movesRows ??= "ADD PARTITION";
            SkipClause();
        }
        else if (TryTake("COLUMN"))
            AddColumns(clauses);
        else if (Key() is { } keys)
            AddKeys(clauses, keys);
        else
            AddColumns(clauses);
    }

    private void AddColumns(List<AlterClause> clauses)
    {
        var ifNotExists = TryTake("IF", "NOT", "EXISTS");
        if (!TryTake('('))
        {
            var column = Column();
            clauses.Add(new AlterClause.AddColumn(column, Place(), ifNotExists));
            return;
        }
        do
        {
            if (Key() is { } keys)
                AddKeys(clauses, keys);
            else
                clauses.Add(new AlterClause.AddColumn(Column(), default, ifNotExists));
        }
        while (TryTake(','));
        Expect(')');
    }

    private static void AddKeys(List<AlterClause> clauses, KeyClauses keys)
    {
        if (keys.PrimaryKey.Count + keys.Period.Count > 0)
            clauses.Add(new AlterClause.AddKeys(keys));
    }

    private void DropClause(List<AlterClause> clauses)
    {
        if (TryTake("PRIMARY", "KEY"))
            clauses.Add(new AlterClause.DropPrimaryKey());
        else if (TryTake("SYSTEM", "VERSIONING"))
            clauses.Add(new AlterClause.SystemVersioning(false));
        else if (IsWord("PARTITION") || IsWord("SUBPARTITION"))
        {
            _movesRows ??= "DROP PARTITION";
            SkipClause();
        }
        else if (TryTake("PERIOD", "FOR"))
            Name();
        else if (TryTakeAny("INDEX", "KEY", "CONSTRAINT", "CHECK") || TryTake("FOREIGN", "KEY"))
        {
            TryTake("IF", "EXISTS");
            if (IsPrimary(Name()))
                clauses.Add(new AlterClause.DropPrimaryKey());
        }
        else
        {
            TryTake("COLUMN");
            var ifExists = TryTake("IF", "EXISTS");
            clauses.Add(new AlterClause.DropColumn(Name(), ifExists));
            TryTakeAny("RESTRICT", "CASCADE");
        }
    }

    private void Rename(List<AlterClause> clauses)
    {
        if (TryTake("COLUMN"))
        {
            var ifExists = TryTake("IF", "EXISTS");
            var name = Name();
            Expect("TO");
            clauses.Add(new AlterClause.RenameColumn(name, Name(), ifExists));
        }
        else if (IsAnyWord("INDEX", "KEY") && !Ahead(1).IsSymbol('.') && Ahead(2).IsWord("TO"))
        {
            Take();
            Name();
            Expect("TO");
            Name();
        }
        else
        {
            if (!TryTakeAny("TO", "AS"))
                TryTake('=');
            clauses.Add(new AlterClause.RenameTable(Named(Table())));
        }
    }

    // Defaults, visibility and constraints: nothing of it concerns what is stored.
    private void AlterColumn()
    {
        if (TryTakeAny("INDEX", "KEY", "CHECK", "CONSTRAINT"))
        {
            SkipClause();
            return;
        }
        TryTake("COLUMN");
        TryTake("IF", "EXISTS");
        Name();
        if (TryTake("SET", "DEFAULT"))
            Default();
        else if (!TryTake("DROP", "DEFAULT") && !TryTake("SET", "VISIBLE") && !TryTake("SET", "INVISIBLE"))
            throw NotUnderstood();
    }

    /// <summary>A clause that does not concern columns.</summary>
    private void PlainClause()
    {
        if (TryTakeAny("ALGORITHM", "LOCK"))
        {
            TryTake('=');
            Take();
        }
        else if (IsAnyWord("ORDER", "FORCE", "ENABLE", "DISABLE", "NOWAIT", "WAIT") || (IsAnyWord("WITH", "WITHOUT") && Ahead(1).IsWord("VALIDATION")))
            SkipClause();
        else if (IsAnyWord("DISCARD", "IMPORT", "TRUNCATE", "COALESCE", "REORGANIZE", "ANALYZE", "OPTIMIZE", "REBUILD", "REPAIR", "REMOVE", "UPGRADE", "CHECK", "SECONDARY_LOAD", "SECONDARY_UNLOAD"))
        {
            _movesRows ??= $"{Current.Value.ToUpperInvariant()} {Ahead(1).Value.ToUpperInvariant()}".TrimEnd();
            SkipClause();
        }
        else
            throw NotUnderstood();
    }

    // The columns of an ORDER BY and the names of partitions have commas between them as clauses have; what follows is then no clause that could be read, so they are passed over here.
    private void SkipClause()
    {
        var isList = IsAnyWord("ORDER", "PARTITION", "SUBPARTITION") || Ahead(1).IsWord("PARTITION");
        do
            SkipItem();
        while (isList && TryTake(','));
        if (Current.IsSymbol(')'))
            throw NotUnderstood();
    }

    private ColumnPlace Place() => TryTake("FIRST") ? new ColumnPlace(true, null) : TryTake("AFTER") ? new ColumnPlace(false, Name()) : default;
}
