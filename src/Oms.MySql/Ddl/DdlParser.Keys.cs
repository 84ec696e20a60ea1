namespace Oms.MySql.Ddl;

// Keys: their names, parts and options.
internal sealed partial class DdlParser
{
    // An index name, USING BTREE.
    private string? KeyName()
    {
        if (TryIndexType() || Current.IsSymbol('('))
            return null;
        var name = Name();
        TryIndexType();
        return name;
    }

    private bool TryIndexType()
    {
        if (!IsAnyWord("USING", "TYPE") || !(Ahead(1).IsWord("BTREE") || Ahead(1).IsWord("HASH") || Ahead(1).IsWord("RTREE")))
            return false;
        Take();
        Take();
        return true;
    }

    /// <summary>The parts of a key.</summary>
    /// <returns>Its columns; null when one is an expression or a period.</returns>
    private List<KeyPart>? KeyParts()
    {
        var parts = new List<KeyPart>();
        var isKnown = true;
        Expect('(');
        do
        {
            var start = Taken;
            if (Current.IsSymbol('('))
            {
                Expression();
                Mark(new StatementPart.ByMySqlOnly(start, Taken, "an index over an expression"));
                isKnown = false;
            }
            else
            {
                parts.Add(new KeyPart(Name(), Length()));
            }
            KeyOrder();
            isKnown &= !TryTake("WITHOUT", "OVERLAPS");
        } while (TryTake(','));
        Expect(')');
        return isKnown ? parts : null;
    }

    private void KeyOrder()
    {
        var start = Taken;
        if (TryTake("DESC"))
            Mark(new StatementPart.Descending(start, Taken));
        else
            TryTake("ASC");
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
            Length();
            KeyOrder();
            TryTake("WITHOUT", "OVERLAPS");
        } while (TryTake(','));
        Expect(')');
        return names;
    }

    private void KeyOptions()
    {
        while (true)
        {
            var start = Taken;
            if (TryIndexType() || TryIndexVisibility())
                continue;
            if (TryFullTextParser() || TryVectorOptions())
                continue;
            if (TryTake("COMMENT"))
            {
                TryTake('=');
                Text();
            }
            else if (!TryOption(start, DdlOptions.OfIndexes))
                return;
        }
    }

    /// <summary>OceanBase's <c>space</c> is what the others' own parser does; its properties are left out with it.</summary>
    private bool TryFullTextParser()
    {
        var start = Taken;
        if (TryTake("WITH", "PARSER"))
        {
            var words = $"WITH PARSER {Name()}";
            if (_dialect.IsOceanBase)
                Mark(
                    new StatementPart.PerProduct(
                        start,
                        Taken,
                        MySql: words.ToUpperInvariant() switch
                        {
                            "WITH PARSER SPACE" => "",
                            "WITH PARSER NGRAM" => "WITH PARSER ngram",
                            _ => null,
                        },
                        MariaDb: words.Equals("WITH PARSER space", StringComparison.OrdinalIgnoreCase) ? "" : null
                    )
                    {
                        OceanBase = words,
                    }
                );
            return true;
        }
        if (!_dialect.IsOceanBase || !TryTake("PARSER_PROPERTIES"))
            return false;
        TryTake('=');
        Expression();
        Mark(new StatementPart.Option(start, Taken, "PARSER_PROPERTIES", "", DdlOptions.OceanBase));
        return true;
    }

    // WITH (DISTANCE=L2, TYPE=HNSW, …)
    private bool TryVectorOptions()
    {
        if (!_dialect.IsOceanBase || !IsWord("WITH") || !Ahead(1).IsSymbol('('))
            return false;
        var start = Taken;
        Take();
        Expression();
        Mark(new StatementPart.ByOceanBaseOnly(start, Taken, "a vector index"));
        return true;
    }

    private bool TryIndexVisibility()
    {
        var start = Taken;
        if (TryTake("INVISIBLE") || TryTake("IGNORED"))
            Mark(new StatementPart.PerProduct(start, Taken, MySql: "INVISIBLE", MariaDb: "IGNORED"));
        else if (TryTake("VISIBLE") || TryTake("NOT", "IGNORED"))
            Mark(new StatementPart.PerProduct(start, Taken, MySql: "VISIBLE", MariaDb: "NOT IGNORED"));
        else
            return false;
        return true;
    }
}
