using System.Text;
using Oms.MySql;

namespace Oms.Schema;

/// <summary>
/// What a generated column's expression depends on besides the row: the settings of the session that writes (or, of a virtual column,
/// reads). Two sessions whose settings differ compute other values from one row. Functions are known by name as independent, or as
/// dependent; of any other it is not known.
/// </summary>
/// <param name="Settings">The settings, by the names of their variables.</param>
/// <param name="UnknownFunctions">Functions of which it is not known.</param>
internal sealed record GeneratedExpression(IReadOnlySet<string> Settings, IReadOnlySet<string> UnknownFunctions)
{
    private const string TimeZone = "time_zone",
        SqlMode = "sql_mode",
        Locale = "lc_time_names",
        Today = "the current date";

    /// <summary>Words that may stand in front of a parenthesis and are no functions.</summary>
    private static readonly HashSet<string> s_words = Set(
        "and or xor not in between like is case when then else end div mod regexp rlike collate escape interval as using binary from for both leading trailing "
            + "char nchar varchar character varbinary decimal numeric signed unsigned integer int bigint double float real datetime time date timestamp year json array of member sounds any some all distinct separator"
    );

    /// <summary>Functions whose value depends on their arguments alone.</summary>
    private static readonly HashSet<string> s_independent = Set(
        "abs acos asin atan atan2 ceil ceiling cos cot crc32 crc32c degrees exp floor ln log log10 log2 mod pi pow power radians round sign sin sqrt tan truncate conv oct bit_count "
            + "ascii bin bit_length char char_length character_length chr concat concat_ws elt export_set field find_in_set hex insert instr lcase left length lengthb octet_length locate lower lpad ltrim make_set mid ord position quote repeat replace "
            + "reverse right rpad rtrim soundex space strcmp substr substring substring_index trim ucase unhex upper to_base64 from_base64 weight_string natural_sort_key format_bytes md5 sha sha1 sha2 statement_digest compress uncompress uncompressed_length "
            + "inet_aton inet_ntoa inet6_aton inet6_ntoa is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid uuid_to_bin bin_to_uuid coalesce ifnull if nullif nvl nvl2 isnull greatest least cast convert "
            + "json_extract json_unquote json_value json_query json_exists json_array json_object json_length json_contains json_contains_path json_type json_keys json_valid json_quote json_search json_depth json_overlaps json_merge json_merge_patch "
            + "json_merge_preserve json_set json_insert json_replace json_remove json_array_append json_array_insert json_pretty json_compact json_detailed json_loose json_normalize json_equals json_storage_size json_storage_free json_schema_valid "
            + "makedate maketime sec_to_time period_add period_diff from_days point linestring polygon multipoint multilinestring multipolygon geometrycollection mbrcontains mbrcovers mbrdisjoint mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin"
    );

    /// <summary>Functions that make a point in time of their argument: of a text by the session's sql_mode, of a TIME by the current
    /// date.</summary>
    private static readonly HashSet<string> s_temporal = Set(
        "year month day dayofmonth dayofyear dayofweek weekday weekofyear yearweek quarter hour minute second microsecond date time to_days to_seconds extract timestampdiff timestampadd datediff "
            + "date_add date_sub adddate subdate addtime subtime timediff last_day time_to_sec timestamp add_months months_between to_char time_format"
    );

    private static readonly HashSet<string> s_temporalTypes = Set("date datetime time timestamp year");

    private static readonly Dictionary<string, string> s_dependent = new(StringComparer.OrdinalIgnoreCase)
    {
        ["dayname"] = Locale,
        ["monthname"] = Locale,
        ["str_to_date"] = SqlMode,
        ["to_date"] = SqlMode,
        ["from_unixtime"] = TimeZone,
        ["convert_tz"] = "the server's time zones",
        ["get_format"] = Locale,
        ["format"] = "the locale",
        ["aes_encrypt"] = "block_encryption_mode",
        ["aes_decrypt"] = "block_encryption_mode",
        ["regexp_like"] = Regex,
        ["regexp_instr"] = Regex,
        ["regexp_substr"] = Regex,
        ["regexp_replace"] = Regex,
    };

    private const string Regex = "default_regex_flags";

    /// <summary>Whether two sessions are known to compute the same.</summary>
    public bool IsIndependent => Settings.Count == 0 && UnknownFunctions.Count == 0;

    /// <param name="expression">As <c>information_schema</c> has it.</param>
    /// <param name="columns">The table's columns.</param>
    /// <param name="server">The product that has it.</param>
    /// <param name="padsChar">Whether the server's sql_mode has PAD_CHAR_TO_FULL_LENGTH, which is all but forgotten.</param>
    public static GeneratedExpression Parse(
        string expression,
        IReadOnlyList<ColumnShape> columns,
        ServerFlavour server,
        bool padsChar = false
    )
    {
        var tokens = Split(Plain(expression)) ?? [];
        var (settings, unknown) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        var used = tokens
            .Where(t => t.Kind == TokenKind.Name)
            .Select(t => columns.FirstOrDefault(c => c.Name.Equals(t.Text, StringComparison.OrdinalIgnoreCase)))
            .OfType<ColumnShape>()
            .ToList();
        var makesTimes = false;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            var next = i + 1 < tokens.Count ? tokens[i + 1].Text : "";
            if (
                token.Kind == TokenKind.Name
                && columns.Any(c => c.DataType == "timestamp" && c.Name.Equals(token.Text, StringComparison.OrdinalIgnoreCase))
                && !IsUnixTime(tokens, i)
            )
                settings.Add(TimeZone);
            else if (token.Text == "/")
                settings.Add("div_precision_increment");
            else if (token.Kind != TokenKind.Word)
                continue;
            else if (server == ServerFlavour.MariaDb && token.Text is "regexp" or "rlike")
                settings.Add(Regex);
            else if (token.Text == "as" && s_temporalTypes.Contains(next))
                makesTimes = true;
            else if (next == "(")
                makesTimes |= AddFunction(token.Text, tokens, i, columns, server, settings, unknown);
        }
        if (makesTimes && used.Exists(c => c.CharacterSet is not null))
            settings.Add(SqlMode);
        if (makesTimes && used.Exists(c => c.DataType == "time"))
            settings.Add(Today);
        if (padsChar && used.Exists(c => c.DataType == "char"))
            settings.Add(SqlMode);
        return new GeneratedExpression(settings, unknown);
    }

    /// <returns>Whether it makes a point in time of its argument.</returns>
    private static bool AddFunction(
        string name,
        List<Token> tokens,
        int at,
        IReadOnlyList<ColumnShape> columns,
        ServerFlavour server,
        SortedSet<string> settings,
        SortedSet<string> unknown
    )
    {
        if (s_temporal.Contains(name))
            return true;
        switch (name)
        {
            case "unix_timestamp":
                if (
                    !IsUnixTime(tokens, at + 2)
                    || !columns.Any(c =>
                        c.DataType == "timestamp" && c.Name.Equals(tokens[at + 2].Text, StringComparison.OrdinalIgnoreCase)
                    )
                )
                    settings.Add(TimeZone);
                return false;
            case "week":
                if (!HasSecondArgument(tokens, at + 1))
                    settings.Add("default_week_format");
                return true;
            case "date_format":
                // Only the names of days and months are words of a language.
                if (
                    tokens.Exists(t =>
                        t.Kind == TokenKind.Text
                        && (
                            t.Text.Contains("%M", StringComparison.Ordinal)
                            || t.Text.Contains("%b", StringComparison.Ordinal)
                            || t.Text.Contains("%W", StringComparison.Ordinal)
                            || t.Text.Contains("%a", StringComparison.Ordinal)
                        )
                    ) || !tokens.Exists(t => t.Kind == TokenKind.Text)
                )
                    settings.Add(Locale);
                return true;
        }
        if (s_dependent.TryGetValue(name, out var setting))
        {
            if (setting != Regex || server == ServerFlavour.MariaDb)
                settings.Add(setting);
        }
        else if (!s_independent.Contains(name) && !s_words.Contains(name) && !name.StartsWith("st_", StringComparison.Ordinal))
        {
            unknown.Add(name);
        }
        return false;
    }

    /// <summary>Whether a column stands alone in <c>unix_timestamp(…)</c>, which gives what is stored.</summary>
    private static bool IsUnixTime(List<Token> tokens, int at) =>
        at >= 2
        && at + 1 < tokens.Count
        && tokens[at - 1].Text == "("
        && tokens[at + 1].Text == ")"
        && tokens[at - 2] is { Kind: TokenKind.Word, Text: "unix_timestamp" };

    private static bool HasSecondArgument(List<Token> tokens, int open)
    {
        var depth = 0;
        for (var i = open; i < tokens.Count; i++)
        {
            depth += tokens[i].Text switch
            {
                "(" => 1,
                ")" => -1,
                _ => 0,
            };
            if (depth == 0)
                return false;
            if (depth == 1 && tokens[i].Text == ",")
                return true;
        }
        return false;
    }

    /// <summary>An expression as SQL: MySQL shows those of its catalogue with their quotes escaped.</summary>
    public static string Plain(string expression) => Split(expression) is null ? Unescape(expression) : expression;

    private enum TokenKind
    {
        Word,
        Name,
        Text,
        Other,
    }

    private sealed record Token(TokenKind Kind, string Text);

    /// <summary>The tokens, words in lower case; null when a backslash stands outside of quotes: MySQL shows expressions with their quotes
    /// escaped.</summary>
    private static List<Token>? Split(string text)
    {
        var tokens = new List<Token>();
        for (var at = 0; at < text.Length; )
        {
            var c = text[at];
            if (c == '\\')
                return null;
            if (c is '\'' or '"' or '`')
            {
                var start = at + 1;
                for (at++; at < text.Length && (text[at] != c || (at + 1 < text.Length && text[at + 1] == c)); at++)
                    at += (text[at] == '\\' && c != '`') || text[at] == c ? 1 : 0;
                var quoted = text[start..Math.Min(at, text.Length)];
                tokens.Add(
                    c == '`'
                        ? new Token(TokenKind.Name, quoted.Replace("``", "`", StringComparison.Ordinal))
                        : new Token(TokenKind.Text, quoted)
                );
                at++;
            }
            else if (char.IsLetter(c) || c is '_' or '$')
            {
                var start = at;
                while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '$'))
                    at++;
                tokens.Add(new Token(TokenKind.Word, text[start..at].ToLowerInvariant()));
            }
            else
            {
                if (!char.IsWhiteSpace(c))
                    tokens.Add(new Token(TokenKind.Other, c.ToString()));
                at++;
            }
        }
        return tokens;
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            plain.Append(text[at]);
        }
        return plain.ToString();
    }

    private static HashSet<string> Set(string words) => new(words.Split(' '), StringComparer.OrdinalIgnoreCase);
}
