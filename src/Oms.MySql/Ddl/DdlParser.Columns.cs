namespace Oms.MySql.Ddl;

// Columns: names and attributes.
internal sealed partial class DdlParser
{
    private ColumnSyntax Column()
    {
        var name = Name();
        var start = Taken;
        var column = new ColumnSyntax(name, new ColumnTypeSyntax(""));
        if (TryTake("SERIAL"))
            column = column with
            {
                Type = new ColumnTypeSyntax("bigint") { IsUnsigned = true },
                IsSerial = true,
                IsAutoIncrement = true,
                IsUnique = true,
            };
        else
            column = TypeModifiers(column with { Type = Type() });
        var end = Taken;
        column = Attributes(column);
        Mark(new StatementPart.ColumnType(start, end, column));
        return column;
    }

    /// <summary>What stands behind the type and belongs to it, in any order.</summary>
    private ColumnSyntax TypeModifiers(ColumnSyntax column)
    {
        while (true)
        {
            var charset = column.Charset;
            if (TryTake("UNSIGNED"))
                column = column with { Type = column.Type with { IsUnsigned = true } };
            else if (TryTake("ZEROFILL"))
                column = column with { Type = column.Type with { IsUnsigned = true, IsZeroFilled = true } };
            else if (TryTake("ASCII"))
                column = column with { Type = column.Type with { CharacterSet = "latin1" } };
            else if (TryTake("UNICODE"))
                column = column with { Type = column.Type with { CharacterSet = "ucs2" } };
            else if (TryTake("BYTE"))
                column = column with { Type = column.Type with { CharacterSet = "binary" } };
            else if (TryTake("BINARY"))
                column = column with { IsBinary = true };
            else if (TryTake("COMPRESSED"))
            {
                if (TryTake('='))
                    Take();
                column = column with { IsCompressed = true };
            }
            else if (TryCharset(ref charset))
                column = column with { Charset = charset };
            else if (!TryTake("SIGNED"))
                return column;
        }
    }

    private ColumnSyntax Attributes(ColumnSyntax column)
    {
        while (!IsAtEnd && !Current.IsSymbol(',') && !Current.IsSymbol(')') && !IsAnyWord("FIRST", "AFTER") && !Current.IsSymbol(';'))
            column = Attribute(column);
        return column;
    }

    private ColumnSyntax Attribute(ColumnSyntax column)
    {
        var (charset, start) = (column.Charset, Taken);
        if (TryTake("NOT", "NULL"))
            return column with { IsNullable = false };
        if (TryTake("NULL"))
            return column with { IsNullable = true };
        if (TryTake("AUTO_INCREMENT"))
            return column with { IsAutoIncrement = true };
        if (TryTake("SERIAL", "DEFAULT", "VALUE"))
            return column with { IsAutoIncrement = true, IsUnique = true };
        if (TryTake("UNIQUE"))
        {
            TryTakeAny("KEY", "INDEX");
            return column with { IsUnique = true };
        }
        if (TryTake("PRIMARY", "KEY") || TryTake("PRIMARY") || TryTake("KEY"))
            return column with { IsPrimaryKey = true };
        // Both are said with the type.
        if (TryCharset(ref charset))
            return LeaveOut(start, column with { Charset = charset });
        if (TryTake("BINARY"))
            return LeaveOut(start, column with { IsBinary = true });
        if (TryTake("GENERATED", "ALWAYS", "AS", "ROW", "START") || TryTake("GENERATED", "ALWAYS", "AS", "ROW", "END"))
            return column with { IsGenerated = true, IsVersioned = true, IsNullable = false };
        if (TryTake("GENERATED", "ALWAYS", "AS") || TryTake("AS"))
        {
            Expression();
            return column with { IsGenerated = true };
        }
        if (TryTake("WITH", "SYSTEM", "VERSIONING"))
            return column with { IsVersioned = true };
        if (TryTake("COMPRESSED"))
        {
            if (TryTake('='))
                Value();
            return LeaveOut(start, column with { IsCompressed = true });
        }
        if (TryTake("DEFAULT"))
        {
            Default();
            return column with
            {
                HasDefault = true,
                DefaultWords = [.. TakenSince(start + 1).Where(t => t.Kind == SqlTokenKind.Word).Select(t => t.Value.ToUpperInvariant())],
            };
        }
        if (TryTake("ON", "UPDATE"))
        {
            Default();
            return column with { HasOnUpdate = true };
        }
        if (TryTake("INVISIBLE"))
            return column with { IsInvisible = true };
        PlainAttribute();
        return column;
    }

    private ColumnSyntax LeaveOut(int start, ColumnSyntax column)
    {
        Mark(new StatementPart.LeftOut(start, Taken));
        return column;
    }

    /// <summary>An attribute that does not concern what is stored.</summary>
    private void PlainAttribute()
    {
        var start = Taken;
        if (TryTake("COMMENT"))
        {
            TryTake('=');
            Text();
        }
        else if (IsWord("CHECK") || (IsWord("CONSTRAINT") && (Ahead(1).IsWord("CHECK") || Ahead(2).IsWord("CHECK"))))
        {
            if (TryTake("CONSTRAINT") && !IsWord("CHECK"))
                Name();
            Check();
        }
        else if (TryTake("REFERENCES"))
            References();
        else if (TryTakeAny("STORED", "PERSISTENT"))
            Mark(new StatementPart.PerProduct(start, Taken, "STORED", "STORED"));
        else if (TryTake("VISIBLE") || TryTake("NOT", "SECONDARY"))
            Mark(
                new StatementPart.PerProduct(
                    start,
                    Taken,
                    MySql: string.Join(' ', TakenSince(start).Select(t => t.Value.ToUpperInvariant())),
                    MariaDb: ""
                )
            );
        else if (!TryTake("WITHOUT", "SYSTEM", "VERSIONING") && !TryTakeAny("VIRTUAL") && !TryOption(start, DdlOptions.OfColumns))
            throw NotUnderstood();
    }

    // A literal, a function, or an expression in parentheses.
    private void Default()
    {
        if (TryTake("NEXT", "VALUE", "FOR") || TryTake("PREVIOUS", "VALUE", "FOR"))
        {
            Table();
            return;
        }
        while (TryTake('-') || TryTake('+')) { }
        if (Current.IsSymbol('('))
        {
            Expression();
            return;
        }
        var first = Take();
        if (first.Kind is not (SqlTokenKind.Text or SqlTokenKind.Number or SqlTokenKind.BinaryLiteral) && !first.IsName)
            throw NotUnderstood();
        if (first.IsName)
        {
            while (TryTake('.'))
                Name();
            if (Current.IsSymbol('('))
                Expression();
        }
        // DATE '…', _utf8mb4'…', and strings that stand side by side.
        while (Current.Kind is SqlTokenKind.Text or SqlTokenKind.BinaryLiteral)
            Take();
    }

    private void Check()
    {
        Expect("CHECK");
        Expression();
        TryEnforcement(always: false);
    }

    // MariaDB enforces all.
    private bool TryEnforcement(bool always)
    {
        var start = Taken;
        if (TryTake("NOT", "ENFORCED"))
            Mark(new StatementPart.PerProduct(start, Taken, MySql: "NOT ENFORCED", MariaDb: null));
        else if (TryTake("ENFORCED"))
            Mark(new StatementPart.PerProduct(start, Taken, MySql: "ENFORCED", MariaDb: always ? null : ""));
        else
            return false;
        return true;
    }

    private void References()
    {
        Table();
        if (Current.IsSymbol('('))
            ColumnList();
        while (true)
        {
            if (TryTake("MATCH"))
                Word();
            else if (TryTake("ON", "DELETE") || TryTake("ON", "UPDATE"))
            {
                var start = Taken;
                if (TryTake("SET", "NULL") || TryTake("SET", "DEFAULT") || TryTakeAny("CASCADE"))
                    _cascade ??= "ON " + string.Join(' ', TakenSince(start - 1).Select(t => t.Value.ToUpperInvariant()));
                else if (!TryTake("NO", "ACTION") && !TryTakeAny("RESTRICT"))
                    throw NotUnderstood();
            }
            else
                return;
        }
    }
}
