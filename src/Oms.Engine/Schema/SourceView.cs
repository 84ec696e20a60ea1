using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>
/// A view as its server has it: its statement, and the character set and collation of the connection that made it, which text in the
/// statement takes: <c>'a' = 'A'</c> and <c>LENGTH('ü')</c> mean something else in another.
/// </summary>
/// <param name="CharacterSet">Its <c>character_set_client</c>.</param>
/// <param name="Collation">Its <c>collation_connection</c>.</param>
internal sealed partial record SourceView(TableName Name, ViewStatement Statement, string CharacterSet, string Collation)
{
    private static readonly string[] s_utf8 = ["utf8mb4", "utf8mb3", "utf8"];

    /// <summary>Reads a view from a session of the engine's, whose default database it changes; null when there is none of this
    /// name.</summary>
    /// <exception cref="FormatException">Its statement can't be read in full; the message is a reason.</exception>
    public static async Task<SourceView?> ReadAsync(RowSession connection, TableName name, CancellationToken cancellationToken)
    {
        // In its own database the statement names what it reads there without the database, at both ends alike.
        await connection.ExecuteAsync($"USE {TableName.Quote(name.Database)}", cancellationToken);
        var results = (await connection.QueryRowAsync("SELECT @@character_set_results", cancellationToken))?[0];
        await connection.ExecuteAsync("SET character_set_results = NULL", cancellationToken);
        try
        {
            // As bytes: converted for us, what its character set has not would be lost.
            var shown = await ShowAsync(connection, name, cancellationToken);
            if (shown is not var (ddl, characterSet, collation))
                return null;
            return new SourceView(
                name,
                ViewStatement.Parse(await DecodeAsync(connection, ddl, characterSet, cancellationToken), connection.Flavour),
                characterSet,
                collation
            );
        }
        finally
        {
            await connection.ExecuteAsync($"SET character_set_results = {(results is null ? "NULL" : Known(results))}", cancellationToken);
        }
    }

    /// <summary>Makes the view in a session of the engine's, whose default database it changes; the session's character sets are as before
    /// afterwards.</summary>
    /// <param name="destination">Its name there; what it reads in its own database is in the destination's.</param>
    /// <returns>The statement.</returns>
    public async Task<string> CreateAsync(RowSession connection, TableName destination, bool replace, CancellationToken cancellationToken)
    {
        var ddl = Statement.CreateIn(destination.Database, destination.Table, replace, connection.Flavour);
        var text = await EncodeAsync(connection, ddl, cancellationToken);
        // By the default database a reader of the log knows the statement for the engine's.
        await connection.ExecuteAsync($"USE {TableName.Quote(TxnMark.DefaultDatabase)}", cancellationToken);
        var before =
            await connection.QueryRowAsync("SELECT @@character_set_client, @@collation_connection", cancellationToken)
            ?? throw new FormatException("The server does not say the session's character set.");
        await connection.ExecuteAsync(
            $"SET character_set_client = {Known(CharacterSet)}, collation_connection = {Known(Collation)}",
            cancellationToken
        );
        try
        {
            await connection.ExecuteBatchAsync(text, cancellationToken);
        }
        finally
        {
            await connection.ExecuteAsync(
                $"SET character_set_client = {Known(before[0]!)}, collation_connection = {Known(before[1]!)}",
                CancellationToken.None
            );
        }
        return ddl;
    }

    /// <summary>The view for a server with these collations; null when text in it would mean something else there.</summary>
    public SourceView? Fit(IReadOnlySet<string> known)
    {
        if (known.Contains(CharacterSet) && known.Contains(Collation))
            return this;
        var (characterSet, collation) =
            CharacterSet.StartsWith("utf8mb3", StringComparison.Ordinal)
                ? ("utf8", Collation.Replace("utf8mb3", "utf8", StringComparison.Ordinal))
            : CharacterSet == "utf8" ? ("utf8mb3", Utf8(Collation))
            : (CharacterSet, Collation);
        if (known.Contains(characterSet) && known.Contains(collation))
            return this with { CharacterSet = characterSet, Collation = collation };
        return Statement.DependsOnCollation ? null : this with { CharacterSet = "utf8mb4", Collation = "utf8mb4_general_ci" };
    }

    /// <summary>Reads a view and has the server look at what it reads.</summary>
    /// <returns>Null when it is not there, or the account may not see its statement (which the prechecks say).</returns>
    public static async Task<ViewReading?> ExamineAsync(RowSession connection, TableName name, CancellationToken cancellationToken)
    {
        // The account that the view names is not taken along.
        try
        {
            if (await ReadAsync(connection, name, cancellationToken) is not { } view)
                return null;
            await connection.QueryRowsAsync($"SHOW COLUMNS FROM {name.Sql}", cancellationToken);
            return new ViewReading(view, null);
        }
        catch (FormatException e)
        {
            return new ViewReading(null, e.Message);
        }
        catch (MySqlException e)
            when (e.Number
                    is ErrorNumber.NoSuchUser
                        or ErrorNumber.TableAccessDenied
                        or ErrorNumber.ColumnAccessDenied
                        or ErrorNumber.DatabaseAccessDenied
                        or ErrorNumber.SpecificAccessDenied
            )
        {
            return null;
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            return new ViewReading(null, $"the source can't read it: {e.Message}");
        }
    }

    /// <summary>Whether the other view was made from this one's statement, in such a session. SQL SECURITY and the account are the
    /// destination's own business.</summary>
    public bool IsSameAs(SourceView other) =>
        Statement.Body == other.Statement.Body
        && Statement.Algorithm == other.Statement.Algorithm
        && Utf8(CharacterSet) == Utf8(other.CharacterSet)
        && Utf8(Collation) == Utf8(other.Collation);

    private static async Task<(byte[] Ddl, string CharacterSet, string Collation)?> ShowAsync(
        RowSession connection,
        TableName name,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var stream = await connection.QueryTextRowsAsync(
                $"SHOW CREATE VIEW {TableName.Quote(name.Table)}",
                cancellationToken
            );
            if (!await stream.ReadAsync(cancellationToken))
                return null;
            var row = stream.Current.Span;
            return (Value(row, 1), Known(Encoding.ASCII.GetString(Value(row, 2))), Known(Encoding.ASCII.GetString(Value(row, 3))));
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.NoSuchTable)
        {
            return null;
        }

        static byte[] Value(ReadOnlySpan<byte> row, int ordinal) =>
            TextRow.TryGet(row, ordinal, out var value)
                ? value.ToArray()
                : throw new FormatException("the server does not show its statement");
    }

    /// <summary>The statement's text, when its bytes are text in the character set.</summary>
    private static async Task<string> DecodeAsync(
        RowSession connection,
        byte[] ddl,
        string characterSet,
        CancellationToken cancellationToken
    )
    {
        if (Ascii.IsValid(ddl))
            return Encoding.ASCII.GetString(ddl);
        try
        {
            var utf8 = s_utf8.Contains(characterSet)
                ? ddl
                : await ConvertAsync(connection, ddl, characterSet, "utf8mb4", cancellationToken);
            if (utf8 is not null)
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            // said below
        }
        throw new FormatException($"its statement holds bytes that are no text in the character set {characterSet} which it was made in");
    }

    private async Task<ReadOnlyMemory<byte>> EncodeAsync(RowSession connection, string ddl, CancellationToken cancellationToken)
    {
        var utf8 = Encoding.UTF8.GetBytes(OriginComment.Text + ddl);
        return s_utf8.Contains(CharacterSet) || Ascii.IsValid(utf8)
            ? utf8
            : await ConvertAsync(connection, utf8, "utf8mb4", CharacterSet, cancellationToken)
                ?? throw new FormatException($"its statement can't be written in the character set {CharacterSet} which it was made in");
    }

    /// <summary>Has a server convert a text; null when something would be lost on the way.</summary>
    private static async Task<byte[]?> ConvertAsync(
        RowSession connection,
        byte[] text,
        string from,
        string to,
        CancellationToken cancellationToken
    )
    {
        if (from == "binary" || to == "binary")
            return null;
        var converted = $"CONVERT(CONVERT(X'{Convert.ToHexString(text)}' USING {from}) USING {to})";
        var row = await connection.QueryRowAsync($"SELECT HEX({converted}), HEX(CONVERT({converted} USING {from}))", cancellationToken);
        return row is [{ } there, { } back] && Convert.FromHexString(back).AsSpan().SequenceEqual(text)
            ? Convert.FromHexString(there)
            : null;
    }

    // The name goes into a statement.
    private static string Known(string name) =>
        CharacterSetName().IsMatch(name) ? name : throw new FormatException($"'{name}' is no name of a character set or collation");

    // One character set by two names.
    private static string Utf8(string name) =>
        name == "utf8" ? "utf8mb3"
        : name.StartsWith("utf8_", StringComparison.Ordinal) ? string.Concat("utf8mb3_", name.AsSpan(5))
        : name;

    [GeneratedRegex("^[A-Za-z0-9_]+$")]
    private static partial Regex CharacterSetName();
}
