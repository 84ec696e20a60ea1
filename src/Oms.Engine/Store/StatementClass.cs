namespace Oms.Store;

internal enum StatementKind
{
    Begin,
    Commit,
    Rollback,
    Savepoint,
    Xa,
    Dml,
    Ddl,
}

/// <summary>What a QUERY event's statement means for the transaction that it stands in, by its first words.</summary>
internal static class StatementClass
{
    public static StatementKind Of(ReadOnlySpan<byte> sql)
    {
        var rest = SkipSpaceAndComments(sql);
        var word = Word(ref rest);
        if (Is(word, "BEGIN") || (Is(word, "START") && Is(Word(ref rest), "TRANSACTION")))
            return StatementKind.Begin;
        if (Is(word, "COMMIT"))
            return StatementKind.Commit;
        if (Is(word, "ROLLBACK"))
        {
            // ROLLBACK TO keeps what stands before the savepoint: it is no end of the transaction.
            return Is(Word(ref rest), "TO") ? StatementKind.Dml : StatementKind.Rollback;
        }
        if (Is(word, "SAVEPOINT") || Is(word, "RELEASE"))
            return StatementKind.Savepoint;
        if (
            Is(word, "INSERT")
            || Is(word, "UPDATE")
            || Is(word, "DELETE")
            || Is(word, "REPLACE")
            || Is(word, "LOAD")
            || Is(word, "WITH")
            || Is(word, "CALL")
        )
            return StatementKind.Dml;
        if (Is(word, "XA"))
            return StatementKind.Xa;
        return StatementKind.Ddl;
    }

    private static ReadOnlySpan<byte> SkipSpaceAndComments(ReadOnlySpan<byte> sql)
    {
        while (true)
        {
            sql = sql.TrimStart(" \t\r\n("u8);
            if (sql.StartsWith("/*"u8) && !sql.StartsWith("/*!"u8) && !sql.StartsWith("/*M!"u8))
            {
                var end = sql.IndexOf("*/"u8);
                sql = end < 0 ? default : sql[(end + 2)..];
            }
            else if (sql.StartsWith("-- "u8) || sql.StartsWith("#"u8))
            {
                var end = sql.IndexOf((byte)'\n');
                sql = end < 0 ? default : sql[(end + 1)..];
            }
            else
            {
                return sql;
            }
        }
    }

    private static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> sql)
    {
        sql = SkipSpaceAndComments(sql);
        var length = 0;
        while (length < sql.Length && char.IsAsciiLetter((char)sql[length]))
            length++;
        var word = sql[..length];
        sql = sql[length..];
        return word;
    }

    private static bool Is(ReadOnlySpan<byte> word, string keyword) => System.Text.Ascii.EqualsIgnoreCase(word, keyword);
}
