using System.Globalization;

namespace Oms.MySql.Ddl;

/// <summary>Prints a statement that was read: token by token, with the destination's names of tables, and in words what the source's
/// defaults made of its columns and its table.</summary>
/// <param name="source">The server and the session's settings with which it ran.</param>
/// <param name="after">What its table is behind it; null where that is not known.</param>
/// <param name="name">The full name of a table as the statement names it.</param>
internal sealed class StatementPrinter(
    DdlStatement statement,
    DdlContext source,
    StatementTarget target,
    TableDefinition? after,
    Func<TableReference, QualifiedTable> name
)
{
    private static readonly HashSet<string> s_textTypes =
    [
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
        "enum",
        "set",
        "binary",
        "varbinary",
        "tinyblob",
        "blob",
        "mediumblob",
        "longblob",
    ];

    private readonly SqlWriter _writer = new();
    private readonly SortedSet<string> _notes = new(StringComparer.Ordinal);

    /// <summary>What the destination makes of it otherwise than the source.</summary>
    public IReadOnlyList<string> Notes => [.. _notes];

    /// <exception cref="DdlPrintException">Something of it can't be said to the destination.</exception>
    public string Print()
    {
        // The outer one, which was read last, before those within it.
        var parts = statement.Parts.Reverse().OrderBy(p => p.Start).ThenBy(p => p.End > p.Start ? -p.End : int.MinValue).ToList();
        var (tokens, next) = (statement.Tokens, 0);
        for (var i = 0; ; )
        {
            // A part within another one goes with it.
            while (next < parts.Count && parts[next].Start < i)
                next++;
            if (next < parts.Count && parts[next].Start == i)
            {
                var part = parts[next++];
                Part(part);
                i = part.End;
            }
            else if (tokens[i].Kind == SqlTokenKind.End)
            {
                return _writer.ToString();
            }
            else
            {
                Token(i++);
            }
        }
    }

    private void Part(StatementPart part)
    {
        switch (part)
        {
            case StatementPart.Name { Value: var value }:
                _writer.Name(value);
                break;
            case StatementPart.Table { Reference: var reference }:
                _writer.Table(target.Rename(name(reference)));
                break;
            case StatementPart.ColumnType type:
                Column(type.Column);
                break;
            case StatementPart.TableCharset { Clause: var clause, IsConversion: var isConversion }:
                if (!isConversion)
                    _writer.Words("DEFAULT");
                Charset(TableCollation(clause), "the table");
                break;
            case StatementPart.PerProduct words:
                if (words.For(target.Server.Flavour) is not { } said)
                    throw new DdlPrintException(
                        $"it says {words.MySql ?? words.MariaDb ?? words.OceanBase}, which the destination does not know"
                    );
                if (said.Length > 0)
                    _writer.Words(said);
                break;
            case StatementPart.ByMySqlOnly { What: var what }:
                if (IsMariaDb)
                    throw new DdlPrintException($"it has {what}, which the destination does not know");
                AsWritten(part);
                break;
            case StatementPart.Descending when target.Server.Flavour == ServerFlavour.OceanBase:
                _notes.Add("its descending keys become ascending, which are all that OceanBase has");
                break;
            case StatementPart.Descending:
                AsWritten(part);
                break;
            case StatementPart.ByOceanBaseOnly { What: var what }:
                if (target.Server.Flavour != ServerFlavour.OceanBase)
                    throw new DdlPrintException($"it has {what}, which only OceanBase knows");
                AsWritten(part);
                break;
            case StatementPart.Option option:
                Option(option);
                break;
        }
    }

    private void Option(StatementPart.Option option)
    {
        switch (option.Uses.For(target.Server.Flavour))
        {
            case OptionUse.Said:
                AsWritten(option);
                break;
            case OptionUse.Refused:
            case OptionUse.OffOnly when !DdlOptions.IsOff(option.Value):
                throw new DdlPrintException($"it has the option {option.Keyword}, which the destination can't be given");
        }
    }

    private void AsWritten(StatementPart part)
    {
        for (var i = part.Start; i < part.End; i++)
            Token(i);
    }

    private void Token(int i) => _writer.Token(statement.Tokens[i], i > 0 ? statement.Tokens[i - 1] : default, statement.Tokens[i + 1]);

    private bool IsMariaDb => target.Server.Flavour == ServerFlavour.MariaDb;

    private void Column(ColumnSyntax column)
    {
        if (source.HasForeignTypes)
            throw new DdlPrintException($"sql_mode gave the type of column {column.Name} another meaning");
        var type = column.Type;
        var shape = IsText(type, column) && !(type.Name == "json" && IsMariaDb) ? Shape(column) : null;
        if (shape is null)
            Type(type);
        else
            TextType(type, shape);
        // At the type, before all else.
        if (column.IsCompressed && IsMariaDb)
            _writer.Words("COMPRESSED");
        // MySQL tells none of an ENUM or SET of bytes.
        if (shape is { Collation: { } collation, CharacterSet: { } characterSet })
            Charset(new CollationFacts(0, collation, characterSet), $"column {column.Name}");
        else if (shape?.DataType is "enum" or "set")
            Charset(new CollationFacts(0, "binary", "binary"), $"column {column.Name}");
        if (column.IsSerial)
            _writer.Words("NOT NULL AUTO_INCREMENT UNIQUE");
        if (type.Name == "timestamp" && !column.IsGenerated)
            Timestamp(column);
    }

    private static bool IsText(ColumnTypeSyntax type, ColumnSyntax column) =>
        type.Name is "char" or "varchar" or "tinytext" or "text" or "mediumtext" or "longtext" or "enum" or "set"
        || (type.Name == "json" && !column.Charset.IsEmpty);

    private ColumnShape Shape(ColumnSyntax column) =>
        after?.Columns.FirstOrDefault(c => c.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase))
        ?? throw new DdlPrintException($"what the source made of column {column.Name} is not known");

    // Without strict mode a long one has become a larger type; in the character set binary it is bytes.
    private void TextType(ColumnTypeSyntax type, ColumnShape shape)
    {
        var name = shape.DataType;
        // It is what a server says.
        if (!s_textTypes.Contains(name))
            throw new DdlPrintException($"column {shape.Name} has the type {name}, which no text has");
        _writer.Words(name.ToUpperInvariant());
        if (name is "char" or "varchar" or "binary" or "varbinary")
            Numbers(type.Length ?? 1, null);
        else if (name is "enum" or "set")
            Members(type.Members);
    }

    private void Type(ColumnTypeSyntax type)
    {
        _writer.Words(
            type switch
            {
                { IsReal: true } when source.RealIsFloat => "FLOAT",
                { Name: "geomcollection" } => "GEOMETRYCOLLECTION",
                _ => type.Name.ToUpperInvariant(),
            }
        );
        if (type.Length is { } length && (type.Name != "year" || length == 2))
            Numbers(length, type.Decimals);
        if (type.IsUnsigned)
            _writer.Words("UNSIGNED");
        if (type.IsZeroFilled)
            _writer.Words("ZEROFILL");
    }

    private void Numbers(long first, long? second) =>
        _writer.Behind(string.Create(CultureInfo.InvariantCulture, $"({first}{(second is { } more ? $",{more}" : "")})"));

    private void Members(IReadOnlyList<string> members)
    {
        for (var i = 0; i < members.Count; i++)
            _writer.Behind(i == 0 ? "(" : ",").Text(members[i]);
        _writer.Behind(")");
    }

    /// <summary>Says what a TIMESTAMP column gets where <c>explicit_defaults_for_timestamp</c> is off
    /// (https://dev.mysql.com/doc/refman/8.4/en/timestamp-initialization.html), and that it is nullable where it is on.</summary>
    private void Timestamp(ColumnSyntax column)
    {
        if (source.ExplicitDefaultsForTimestamp)
        {
            if (column.IsNullable is null)
                _writer.Words(Shape(column).IsNullable ? "NULL" : "NOT NULL");
            return;
        }
        if (column.IsNullable == true)
            return;
        if (column.IsNullable is null)
            _writer.Words("NOT NULL");
        var precision = column.Type.Length is > 0 and var digits ? string.Create(CultureInfo.InvariantCulture, $"({digits})") : "";
        if (!column.HasDefault && !column.HasOnUpdate && IsFirstTimestamp(column))
            _writer.Words($"DEFAULT CURRENT_TIMESTAMP{precision} ON UPDATE CURRENT_TIMESTAMP{precision}");
        else if (!column.HasDefault)
            _writer.Words("DEFAULT '0000-00-00 00:00:00'");
    }

    // Of the table, whether NULL is allowed or not, the columns that it had before included.
    private bool IsFirstTimestamp(ColumnSyntax column) =>
        Shape(column) == after!.Columns.First(c => c is { DataType: "timestamp", IsGenerated: false });

    private CollationFacts TableCollation(CharsetClause clause)
    {
        try
        {
            return source.Named(after?.Collation) ?? source.Resolve(clause, null);
        }
        catch (DdlUncertainException e)
        {
            throw new DdlPrintException($"the character set of the table is not known: {e.Message}");
        }
    }

    private void Charset(CollationFacts collation, string owner)
    {
        var server = target.Server;
        var there =
            (
                target.MapCollation(collation.Name) is { } mapped
                    ? server.Collation(mapped, null)
                        ?? throw new DdlPrintException(
                            $"the collation {mapped}, to which {collation.Name} of {owner} is mapped, is not known at the destination"
                        )
                    : server.Collation(collation.Name, null)
            ) ?? throw new DdlPrintException($"{owner} has the collation {collation.Name}, which the destination has not");
        _writer.Words("CHARACTER SET").Words(Plain(there.CharacterSet)).Words("COLLATE").Words(Plain(there.Name));
    }

    // Such names come from a server, and go out without quotes.
    private static string Plain(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? name
            : throw new DdlPrintException($"'{name}' is no name of a character set or collation");
}
