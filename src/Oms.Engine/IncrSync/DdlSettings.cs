using System.Globalization;
using Oms.MySql;
using Oms.MySql.Replication;
using Oms.MySql.Schema;

namespace Oms.IncrSync;

/// <summary>The settings with which the source ran a statement, as statements that give them to a session of the destination.</summary>
internal static class DdlSettings
{
    /// <summary>
    /// The mode in which the engine drops tables: servers write their own text for DROP TABLE, without the leading comment, but log the mode. No session has this combination by chance, and a
    /// DROP means the same in any.
    /// </summary>
    public const ulong OriginMode = RealAsFloat | IgnoreSpace | NoUnsignedSubtraction | NoDirInCreate | AllowInvalidDates | HighNotPrecedence;

    private const ulong RealAsFloat = 0x1, AnsiQuotes = 0x4, IgnoreSpace = 0x8, NoUnsignedSubtraction = 0x40, NoDirInCreate = 0x80, NoBackslashEscapes = 0x100000, AllowInvalidDates = 0x2000000, HighNotPrecedence = 0x20000000;

    // Modes that MySQL 8.0 has no more (POSTGRESQL … MYSQL40, NO_AUTO_CREATE_USER); and those above, of which each product has its own.
    private const ulong RemovedFromMySql = 0x3FF00 | 0x10000000, Common = 0xFFFFFFFF;

    /// <param name="variables">What the statement's event tells; settings that it does not tell stay as they are.</param>
    /// <param name="time">When it ran, in UTC: what it fills rows with, and what it makes of times, is the same then.</param>
    /// <param name="server">The source.</param>
    /// <param name="isExplicit">The destination's <c>explicit_defaults_for_timestamp</c>, which not every account may set.</param>
    public static IReadOnlyList<string> Of(QueryStatusVariables variables, DateTime time, ServerCatalogue server, ServerFlavour destination, bool isExplicit)
    {
        var settings = new List<string> { string.Create(CultureInfo.InvariantCulture, $"timestamp = {(time - DateTime.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond:0.000000}") };
        if (variables.SqlMode is { } mode)
        {
            mode &= server.Flavour == destination ? ulong.MaxValue : Common;
            mode &= destination == ServerFlavour.MySql ? ~RemovedFromMySql : ulong.MaxValue;
            // Statements are printed anew, with names in backticks and with escapes.
            mode &= ~(AnsiQuotes | NoBackslashEscapes);
            settings.Add(string.Create(CultureInfo.InvariantCulture, $"sql_mode = {mode}"));
        }
        if (CollationName(server, variables.ConnectionCollation) is { } collation)
            settings.Add($"collation_connection = {SqlLiteral.Quote(collation)}");
        if (variables.TimeZone is { } zone)
            settings.Add($"time_zone = {SqlLiteral.Quote(zone)}");
        if (variables.ExplicitDefaultsForTimestamp is { } wanted && wanted != isExplicit)
            settings.Add($"explicit_defaults_for_timestamp = {(wanted ? 1 : 0)}");
        if (destination == ServerFlavour.MySql && CollationName(server, variables.DefaultCollationForUtf8Mb4) is "utf8mb4_general_ci")
            settings.Add("default_collation_for_utf8mb4 = utf8mb4_general_ci");
        if (destination == ServerFlavour.MariaDb && variables.CharacterSetCollations.Count > 0)
            settings.Add($"character_set_collations = {SqlLiteral.Quote(string.Join(',', variables.CharacterSetCollations.Select(p => Pair(server, p.CharacterSet, p.Collation))))}");
        return settings;
    }

    private static string? CollationName(ServerCatalogue server, ushort? id) => id is { } number ? server.Collations.FirstOrDefault(c => c.Id == number)?.Name : null;

    private static string Pair(ServerCatalogue server, ushort characterSet, ushort collation) =>
        $"{server.Collations.First(c => c.Id == characterSet).CharacterSet}={CollationName(server, collation)}";
}
