namespace Oms.MySql.Ddl;

// Character sets and collations, and the options of databases, which are little else.
internal sealed partial class DdlParser
{
    private CharsetClause DatabaseOptions()
    {
        var charset = default(CharsetClause);
        while (!IsAtEnd)
        {
            TryTake("DEFAULT");
            if (TryCharset(ref charset))
                continue;
            if (TryTake("READ", "ONLY") || TryTakeAny("ENCRYPTION", "COMMENT", "PRIMARY_ZONE", "LOCALITY"))
            {
                TryTake('=');
                Take();
                continue;
            }
            throw NotUnderstood();
        }
        return charset;
    }

    /// <summary>CHARACTER SET x or COLLATE y, one of the two.</summary>
    private bool TryCharset(ref CharsetClause charset)
    {
        if (TryTake("CHARACTER", "SET") || TryTake("CHAR", "SET") || (IsWord("CHARSET") && TryTake("CHARSET")))
        {
            TryTake('=');
            charset = charset with { CharacterSet = CharsetName() };
            return true;
        }
        if (!TryTake("COLLATE"))
            return false;
        TryTake('=');
        charset = charset with { Collation = CharsetName() };
        return true;
    }

    // DEFAULT, without quotes, means something else in each kind of statement and version (MariaDB 11.8: not even the database's own
    // collation).
    private string CharsetName() =>
        IsWord("DEFAULT")
            ? throw new DdlSyntaxException(
                "DEFAULT as a character set or collation is not understood: which one it is depends on the server"
            )
        : Current.Kind == SqlTokenKind.Text || Current.IsName ? Take().Value.ToLowerInvariant()
        : throw NotUnderstood();
}
