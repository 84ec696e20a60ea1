namespace Oms.MySql.Ddl;

// ALTER TABLE.
internal sealed partial class DdlParser
{
    private string? _movesRows;

    private DdlStatement.AlterTable AlterTable()
    {
        var ifExists = TryTake("IF", "EXISTS");
        var table = Named(Table());
        TryLeaveOut(Wait);
        var clauses = new List<AlterClause>();
        if (!IsAtEnd && !IsPartitioning)
        {
            // How the source went about it is left out, with the comma that parts it from a clause.
            while (TryLeaveOut(() => Manner() && (TryTake(',') || IsAtEnd || IsPartitioning))) { }
            if (!IsAtEnd && !IsPartitioning)
                Clause(clauses);
            while (Current.IsSymbol(','))
            {
                if (TryLeaveOut(() => TryTake(',') && Manner()))
                    continue;
                Expect(',');
                Clause(clauses);
            }
        }
        // Behind the other clauses, without a comma.
        if (TryTake("REMOVE", "PARTITIONING"))
            Partitioning(PartitionAction.Remove, "REMOVE PARTITIONING");
        else if (IsWord("PARTITION"))
        {
            PartitionBy();
            Partitioning(PartitionAction.PartitionBy, "PARTITION");
        }
        ExpectEnd();
        return new DdlStatement.AlterTable(table, ifExists, clauses) { MovesRows = _movesRows, Partitioning = _partitioning };
    }

    private bool IsPartitioning => (IsWord("PARTITION") && Ahead(1).IsWord("BY")) || (IsWord("REMOVE") && Ahead(1).IsWord("PARTITIONING"));

    private void Clause(List<AlterClause> clauses)
    {
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
        else if (TryTake("CONVERT"))
            Convert(clauses);
        else if (TryTake("ALTER"))
            AlterColumn(clauses);
        else if (TryTake("ORDER", "BY"))
            Order();
        else if (
            !TryTake("FORCE")
            && !TryTake("ENABLE", "KEYS")
            && !TryTake("DISABLE", "KEYS")
            && !TryPartitions()
            && !TryOptions(clauses)
            && !TryTablespace()
        )
            throw NotUnderstood();
    }

    /// <summary>How the server is to go about it: what comes of it is the same.</summary>
    private bool Manner()
    {
        if (TryTakeAny("ALGORITHM", "LOCK"))
        {
            TryTake('=');
            Word();
            return true;
        }
        return TryTake("WITH", "VALIDATION") || TryTake("WITHOUT", "VALIDATION");
    }

    private void Convert(List<AlterClause> clauses)
    {
        // MariaDB: a partition becomes a table, or a table one.
        if (IsWord("PARTITION") && Ahead(2).IsWord("TO") && Ahead(3).IsWord("TABLE"))
        {
            Take();
            Name();
            Expect("TO", "TABLE");
            Named(Table());
            throw new DdlSyntaxException("'CONVERT PARTITION' is not understood");
        }
        if (TryTake("TABLE"))
        {
            Named(Table());
            throw new DdlSyntaxException("'CONVERT TABLE' is not understood");
        }
        Expect("TO");
        var (start, charset) = (Taken, default(CharsetClause));
        if (!TryCharset(ref charset) || charset.CharacterSet is null)
            throw NotUnderstood();
        if (IsWord("COLLATE"))
            TryCharset(ref charset);
        Mark(new StatementPart.TableCharset(start, Taken, charset, IsConversion: true));
        clauses.Add(new AlterClause.ConvertCharset(charset));
    }

    private bool TryOptions(List<AlterClause> clauses)
    {
        var charset = default(CharsetClause);
        if (!TryTableOption(ref charset))
            return false;
        while (TryTableOption(ref charset)) { }
        if (!charset.IsEmpty)
            clauses.Add(new AlterClause.DefaultCharset(charset));
        return true;
    }

    private bool TryTablespace()
    {
        var (action, what) = (Current.Value.ToUpperInvariant(), Ahead(1).Value.ToUpperInvariant());
        if (!TryTake("DISCARD", "TABLESPACE") && !TryTake("IMPORT", "TABLESPACE") && !TryTakeAny("SECONDARY_LOAD", "SECONDARY_UNLOAD"))
            return false;
        _movesRows ??= $"{action} {what}".TrimEnd();
        return true;
    }

    private void Add(List<AlterClause> clauses)
    {
        if (TryTake("SYSTEM", "VERSIONING"))
            clauses.Add(new AlterClause.SystemVersioning(true));
        else if (TryTake("PARTITION"))
        {
            TryTake("IF", "NOT", "EXISTS");
            TryLeaveOut(() => TryTakeAny("NO_WRITE_TO_BINLOG", "LOCAL"));
            if (TryTake("PARTITIONS"))
            {
                Integer();
                Partitioning(PartitionAction.Add, "ADD PARTITION");
            }
            else
            {
                Partitioning(PartitionAction.Add, "ADD PARTITION", PartitionDefinitions());
            }
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
        } while (TryTake(','));
        Expect(')');
    }

    private void AddKeys(List<AlterClause> clauses, KeyClauses keys)
    {
        if (keys.PrimaryKey.Count + keys.Period.Count + (_dialect.IsMariaDb ? keys.UniqueKeys.Count : 0) > 0)
            clauses.Add(new AlterClause.AddKeys(keys));
    }

    private void DropClause(List<AlterClause> clauses)
    {
        var start = Taken;
        if (TryTake("PRIMARY", "KEY"))
            clauses.Add(new AlterClause.DropPrimaryKey());
        else if (TryTake("SYSTEM", "VERSIONING"))
            clauses.Add(new AlterClause.SystemVersioning(false));
        else if (TryTake("PARTITION"))
        {
            TryTake("IF", "EXISTS");
            Partitioning(PartitionAction.Drop, "DROP PARTITION", Names());
        }
        else if (TryTake("PERIOD", "FOR"))
            Name();
        else if (TryTakeAny("INDEX", "KEY", "CONSTRAINT", "CHECK") || TryTake("FOREIGN", "KEY"))
        {
            // MariaDB has the other word only.
            if (Taken == start + 1 && TakenSince(start).First().IsWord("CHECK"))
                Mark(new StatementPart.PerProduct(start, Taken, MySql: "CHECK", MariaDb: "CONSTRAINT"));
            TryTake("IF", "EXISTS");
            DropKey(clauses, Name());
        }
        else
        {
            TryTake("COLUMN");
            var ifExists = TryTake("IF", "EXISTS");
            clauses.Add(new AlterClause.DropColumn(Name(), ifExists));
            TryTakeAny("RESTRICT", "CASCADE");
        }
    }

    private void DropKey(List<AlterClause> clauses, string name)
    {
        if (IsPrimary(name))
            clauses.Add(new AlterClause.DropPrimaryKey());
        else if (_dialect.IsMariaDb)
            clauses.Add(new AlterClause.DropKey(name));
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
        else if (IsAnyWord("INDEX", "KEY") && !Ahead(1).IsSymbol('.') && !Ahead(1).IsSymbol(',') && Ahead(1).Kind != SqlTokenKind.End)
        {
            Take();
            TryTake("IF", "EXISTS");
            var name = Name();
            Expect("TO");
            var newName = Name();
            if (_dialect.IsMariaDb)
                clauses.Add(new AlterClause.RenameKey(name, newName));
        }
        else
        {
            if (!TryTakeAny("TO", "AS"))
                TryTake('=');
            clauses.Add(new AlterClause.RenameTable(Named(Table())));
        }
    }

    // Defaults and constraints don't concern what is stored.
    private void AlterColumn(List<AlterClause> clauses)
    {
        if (TryTakeAny("INDEX", "KEY"))
        {
            TryTake("IF", "EXISTS");
            Name();
            if (!TryIndexVisibility())
                throw NotUnderstood();
            return;
        }
        if (TryTakeAny("CHECK", "CONSTRAINT"))
        {
            Name();
            if (!TryEnforcement(always: true))
                throw NotUnderstood();
            return;
        }
        TryTake("COLUMN");
        TryTake("IF", "EXISTS");
        var name = Name();
        if (TryTake("SET", "DEFAULT"))
            Default();
        else if (TryTake("SET", "VISIBLE"))
            clauses.Add(new AlterClause.SetVisibility(name, false));
        else if (TryTake("SET", "INVISIBLE"))
            clauses.Add(new AlterClause.SetVisibility(name, true));
        else if (!TryTake("DROP", "DEFAULT"))
            throw NotUnderstood();
    }

    private void Order()
    {
        do
        {
            Name();
            if (TryTake('.'))
                Name();
            TryTakeAny("ASC", "DESC");
        } while (TryTake(','));
    }

    private ColumnPlace Place() =>
        TryTake("FIRST") ? new ColumnPlace(true, null)
        : TryTake("AFTER") ? new ColumnPlace(false, Name())
        : default;
}
