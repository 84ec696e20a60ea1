using System.Text;
using System.Text.RegularExpressions;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Objects;

/// <summary>
/// One line of a selection: <c>db.table</c> or <c>db.table=destdb.desttable</c>. The table part may have wildcards: * any characters, ?
/// one, [abc] or [a-z] one of these, [!a-z] one of no these; behind the = stands a name, or * for the source table's own. Case-sensitive.
/// </summary>
internal sealed class ObjectRule
{
    private readonly Regex? _pattern;

    private ObjectRule(string text, string database, string table, Regex? pattern, TableName destination) =>
        (Text, Database, Table, _pattern, Destination) = (text, database, table, pattern, destination);

    /// <summary>The rule as it was written.</summary>
    public string Text { get; }

    public string Database { get; }

    /// <summary>The table part: a name or a pattern.</summary>
    public string Table { get; }

    /// <summary>Whether it names one table: then that table must be there and be fit.</summary>
    public bool IsNamed => _pattern is null;

    /// <summary>Where its tables go; the table is * when they keep their names.</summary>
    public TableName Destination { get; }

    /// <summary>Whether its tables go to a database or a table of another name.</summary>
    public bool Renames => Destination.Database != Database || (Destination.Table != "*" && Destination.Table != Table);

    /// <summary>Whether it sends all that it matches to one table.</summary>
    public bool Aggregates => _pattern is not null && Destination.Table != "*";

    /// <summary>Where a table that it matches goes.</summary>
    public TableName DestinationOf(TableName name) => new(Destination.Database, Destination.Table == "*" ? name.Table : Destination.Table);

    public bool Matches(TableName name) =>
        name.Database == Database && (_pattern is null ? name.Table == Table : _pattern.IsMatch(name.Table));

    /// <exception cref="OmsException">ObjectRuleInvalid: it is not of the form; ObjectNameUnsupported: a name in it can't be
    /// migrated.</exception>
    public static ObjectRule Parse(string text)
    {
        if (text.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0)
        {
            var rule = ParseSource(text, text[..equals]);
            return new ObjectRule(text, rule.Database, rule.Table, rule._pattern, ParseDestination(text, text[(equals + 1)..]));
        }
        return ParseSource(text, text);
    }

    /// <summary>Parses a rule that names no destination: an exclusion, or the tables that a column mapping or a row filter is
    /// for.</summary>
    /// <exception cref="OmsException">ObjectRuleInvalid, ObjectNameUnsupported</exception>
    public static ObjectRule ParseWithoutDestination(string text) =>
        text.Contains('=', StringComparison.Ordinal)
            ? throw Invalid(text, "names a destination where only tables of the source are meant")
            : ParseSource(text, text);

    private static TableName ParseDestination(string text, string destination)
    {
        var dot = destination.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || dot == destination.Length - 1)
            throw Invalid(text, "has no database.table behind the =");
        var name = new TableName(destination[..dot], destination[(dot + 1)..]);
        if (name.Table != "*" && destination.AsSpan().ContainsAny("*?[]"))
            throw Invalid(text, "has a wildcard behind the =, where a name is meant, or * for the source table's own");
        if (ObjectName.FaultOfTable(name.Database) is { } databaseFault)
            throw Unsupported(text, $"the database name '{name.Database}' {databaseFault}");
        if (ObjectName.IsSystemDatabase(name.Database))
            throw Unsupported(text, $"'{name.Database}' is a database of the server or of OMS itself");
        return ObjectName.FaultOfTable(name.Table) is { } tableFault
            ? throw Unsupported(text, $"the table name '{name.Table}' {tableFault}")
            : name;
    }

    private static ObjectRule ParseSource(string text, string source)
    {
        var dot = source.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || dot == source.Length - 1)
            throw Invalid(text, "is not of the form database.table");
        var (database, table) = (source[..dot], source[(dot + 1)..]);
        if (database.AsSpan().ContainsAny('*', '?', '['))
            throw Invalid(text, "has a wildcard in the database part; wildcards are allowed in the table part only");
        if (ObjectName.FaultOfTable(database) is { } databaseFault)
            throw Unsupported(text, $"the database name '{database}' {databaseFault}");
        if (ObjectName.IsSystemDatabase(database))
            throw Unsupported(text, $"'{database}' is a database of the server or of OMS itself");
        var pattern = PatternOf(text, table, out var literal);
        if (ObjectName.FaultOfTable(literal.Length == 0 ? "*" : literal) is { } tableFault)
            throw Unsupported(text, $"the table part '{table}' {tableFault}");
        return new ObjectRule(text, database, table, pattern, new TableName(database, "*"));
    }

    private static Regex? PatternOf(string text, string table, out string literal)
    {
        var regex = new StringBuilder("^");
        var plain = new StringBuilder();
        var hasWildcard = false;
        for (var i = 0; i < table.Length; i++)
        {
            switch (table[i])
            {
                case '*':
                    regex.Append(".*");
                    hasWildcard = true;
                    break;
                case '?':
                    regex.Append('.');
                    hasWildcard = true;
                    break;
                case '[':
                    i = AppendSet(text, table, i, regex, plain);
                    hasWildcard = true;
                    break;
                case ']':
                    throw Invalid(text, "has a ] without a [ before it");
                default:
                    regex.Append(Regex.Escape(table[i].ToString()));
                    plain.Append(table[i]);
                    break;
            }
        }

        literal = plain.ToString();
        return hasWildcard ? new Regex(regex.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking) : null;
    }

    /// <summary>Appends the set that begins at <paramref name="start"/>; returns where it ends.</summary>
    private static int AppendSet(string text, string table, int start, StringBuilder regex, StringBuilder plain)
    {
        var end = table.IndexOf(']', start);
        var body = end < 0 ? throw Invalid(text, "has a [ without a ] behind it") : table[(start + 1)..end];
        var isNegated = body.StartsWith('!');
        if (isNegated)
            body = body[1..];
        if (body.Length == 0)
            throw Invalid(text, "has an empty set []");
        if (body.Contains('[', StringComparison.Ordinal))
            throw Invalid(text, "has a [ inside of a set");
        regex.Append(isNegated ? "[^" : "[");
        for (var i = 0; i < body.Length; i++)
        {
            var isRange = i + 2 < body.Length && body[i + 1] == '-';
            if (isRange && body[i] > body[i + 2])
                throw Invalid(text, $"has a range that runs backwards, {body[i..(i + 3)]}");
            plain.Append(body[i]);
            regex.Append(EscapeInSet(body[i]));
            if (!isRange)
                continue;
            plain.Append(body[i + 2]);
            regex.Append('-').Append(EscapeInSet(body[i + 2]));
            i += 2;
        }

        regex.Append(']');
        return end;
    }

    private static string EscapeInSet(char c) => char.IsAsciiLetterOrDigit(c) || c > '~' ? c.ToString() : "\\" + c;

    private static OmsException Invalid(string text, string fault) =>
        new(
            "ObjectRuleInvalid",
            OmsErrorKind.InvalidArgument,
            $"The object rule '{text}' {fault}.",
            "Write database.table or database.*, the table part with the wildcards * ? [a-z] [!a-z]; for another name at the destination database.table=database.table, or database.*=database.*",
            text
        );

    private static OmsException Unsupported(string text, string fault) =>
        new(
            "ObjectNameUnsupported",
            OmsErrorKind.Unsupported,
            $"The object rule '{text}' cannot be used: {fault}.",
            "Only names in ASCII without spaces, line breaks and . | \" ' ` ( ) = ; / & and without $$ can be migrated; rename the object or leave it out.",
            text
        );
}
