namespace Oms.MySql.Ddl;

// Partitions: their definitions, and what an ALTER TABLE does to them.
internal sealed partial class DdlParser
{
    private PartitionClause? _partitioning;

    /// <summary>PARTITION BY with all that belongs to it.</summary>
    private void PartitionBy()
    {
        Expect("PARTITION", "BY");
        PartitionFunction(allowsRanges: true);
        if (TryTake("PARTITIONS"))
            Integer();
        if (TryTake("SUBPARTITION", "BY"))
        {
            PartitionFunction(allowsRanges: false);
            if (TryTake("SUBPARTITIONS"))
                Integer();
            else if (_dialect.IsOceanBase)
                TrySubpartitionTemplate();
        }
        if (Current.IsSymbol('('))
            PartitionDefinitions();
    }

    /// <summary>OceanBase names the subpartitions that each partition has; others count them.</summary>
    private void TrySubpartitionTemplate()
    {
        var start = Taken;
        if (!TryTake("SUBPARTITION", "TEMPLATE"))
            return;
        Expect('(');
        var count = 0;
        do
        {
            Expect("SUBPARTITION");
            Name();
            count++;
        } while (TryTake(','));
        Expect(')');
        var words = $"SUBPARTITIONS {count}";
        Mark(new StatementPart.PerProduct(start, Taken, words, words));
    }

    private void PartitionFunction(bool allowsRanges)
    {
        if (allowsRanges && TryTakeAny("RANGE", "LIST"))
        {
            if (TryTake("COLUMNS"))
                ColumnList();
            else
                PartitionExpression();
            return;
        }
        TryTake("LINEAR");
        if (TryTake("HASH"))
            PartitionExpression();
        else if (TryTake("KEY"))
        {
            if (TryTake("ALGORITHM"))
            {
                TryTake('=');
                Integer();
            }
            if (Current.IsSymbol('(') && Ahead(1).IsSymbol(')'))
            {
                Take();
                Take();
            }
            else
            {
                ColumnList();
            }
        }
        else
            throw NotUnderstood();
    }

    private void PartitionExpression()
    {
        if (Ahead(1).IsName && Ahead(2).IsSymbol(')'))
            ColumnList();
        else
            Expression();
    }

    private void ColumnList()
    {
        Expect('(');
        Names();
        Expect(')');
    }

    private List<string> PartitionDefinitions()
    {
        var names = new List<string>();
        Expect('(');
        do names.Add(PartitionDefinition());
        while (TryTake(','));
        Expect(')');
        return names;
    }

    private string PartitionDefinition()
    {
        Expect("PARTITION");
        var name = Name();
        var start = Taken;
        if (TryTake("VALUES"))
        {
            if (TryTake("LESS", "THAN"))
            {
                if (!TryTake("MAXVALUE"))
                    Expression();
            }
            else if (Ahead(1).IsSymbol('(') && Ahead(2).IsWord("DEFAULT") && Ahead(3).IsSymbol(')'))
            {
                // OceanBase's words for the partition of all other values; MySQL has none.
                Expect("IN");
                Expression();
                Mark(new StatementPart.PerProduct(start, Taken, MySql: null, MariaDb: "DEFAULT") { OceanBase = "VALUES IN (DEFAULT)" });
            }
            else if (!TryTake("IN") || !TryTake("DEFAULT"))
                Expression();
        }
        else if (TryTake("DEFAULT"))
        {
            Mark(new StatementPart.PerProduct(start, Taken, MySql: null, MariaDb: "DEFAULT") { OceanBase = "VALUES IN (DEFAULT)" });
        }
        PartitionOptions();
        if (TryTake('('))
        {
            do
            {
                Expect("SUBPARTITION");
                Name();
                PartitionOptions();
            } while (TryTake(','));
            Expect(')');
        }
        return name;
    }

    private void PartitionOptions()
    {
        while (true)
        {
            var start = Taken;
            if (TryTake("STORAGE", "ENGINE") || TryTake("ENGINE"))
            {
                TryTake('=');
                _storageEngine = Value();
            }
            else if (TryTakeAny("COMMENT"))
            {
                TryTake('=');
                Text();
            }
            else if (TryTakeAny("MAX_ROWS", "MIN_ROWS"))
            {
                TryTake('=');
                Integer();
            }
            else if (TryTake("DATA", "DIRECTORY") || TryTake("INDEX", "DIRECTORY") || TryTakeAny("TABLESPACE", "NODEGROUP"))
            {
                // A place of the source's machine.
                TryTake('=');
                Value();
                Mark(new StatementPart.LeftOut(start, Taken));
            }
            else
                return;
        }
    }

    /// <summary>What else an ALTER TABLE does to partitions.</summary>
    private bool TryPartitions()
    {
        if (!Ahead(1).IsWord("PARTITION") && !(IsWord("UPGRADE") && Ahead(1).IsWord("PARTITIONING")))
            return false;
        var verb = Current.Value.ToUpperInvariant();
        var clause = $"{verb} {Ahead(1).Value.ToUpperInvariant()}";
        switch (verb)
        {
            case "TRUNCATE":
                Begin();
                Partitioning(PartitionAction.Truncate, clause, PartitionNames());
                return true;
            case "EXCHANGE":
                Begin();
                var partition = Name();
                Expect("WITH", "TABLE");
                Partitioning(PartitionAction.Exchange, clause, [partition], Table());
                _ = TryTake("WITH", "VALIDATION") || TryTake("WITHOUT", "VALIDATION");
                return true;
            case "COALESCE":
                Begin();
                Integer();
                Partitioning(PartitionAction.Coalesce, clause);
                return true;
            case "REORGANIZE":
                Begin();
                Reorganize(clause);
                return true;
            case "DISCARD" or "IMPORT":
                Begin();
                Partitioning(PartitionAction.Tablespace, clause, PartitionNames());
                Expect("TABLESPACE");
                return true;
            case "ANALYZE" or "CHECK" or "OPTIMIZE" or "REBUILD" or "REPAIR":
                Begin();
                Partitioning(PartitionAction.Maintain, clause, PartitionNames());
                while (TryTakeAny("QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED", "USE_FRM") || TryTake("FOR", "UPGRADE")) { }
                return true;
            case "UPGRADE":
                Take();
                Take();
                Partitioning(PartitionAction.Maintain, clause);
                return true;
            default:
                return false;
        }

        void Begin()
        {
            Take();
            Take();
            TryLeaveOut(() => TryTakeAny("NO_WRITE_TO_BINLOG", "LOCAL"));
        }
    }

    private void Reorganize(string clause)
    {
        if (IsAtEnd)
        {
            Partitioning(PartitionAction.Reorganize, clause);
            return;
        }
        var old = Names();
        Expect("INTO");
        PartitionDefinitions();
        Partitioning(PartitionAction.Reorganize, clause, old);
    }

    // None are all.
    private List<string> PartitionNames() => TryTake("ALL") ? [] : Names();

    private List<string> Names()
    {
        var names = new List<string>();
        do names.Add(Name());
        while (TryTake(','));
        return names;
    }

    private void Partitioning(PartitionAction action, string words, IReadOnlyList<string>? partitions = null, TableReference? table = null)
    {
        // What the statement does to rows beside it (IGNORE) is not said with it.
        if (_movesRows is not null)
            return;
        _movesRows = words;
        _partitioning = new PartitionClause(action, partitions ?? [], table);
    }
}
