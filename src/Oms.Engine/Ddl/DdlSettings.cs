using System.Globalization;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.Ddl;

/// <summary>The settings with which the source ran a statement, as statements that give them to a session of the destination.</summary>
internal static class DdlSettings
{
    /// <summary>
    /// The mode in which the engine drops tables: servers write their own text for DROP TABLE, without the leading comment, but log the
    /// mode. No session has this combination by chance, and a DROP means the same in any. One that has it on purpose is no more than a
    /// user's: <see cref="Marks.OriginComment.Text"/>.
    /// </summary>
    public const ulong OriginMode =
        RealAsFloat | IgnoreSpace | NoUnsignedSubtraction | NoDirInCreate | AllowInvalidDates | HighNotPrecedence;

    /// <summary>The mode of the engine's sessions, and so of the views that it makes, of which the log keeps no comment either. It is none
    /// of the servers' defaults.</summary>
    public const ulong ViewMode = NoAutoValueOnZero | StrictAllTables | AllowInvalidDates | NoEngineSubstitution;

    private const ulong NoAutoValueOnZero = 0x80000,
        StrictAllTables = 0x400000;
    private const ulong RealAsFloat = 0x1,
        AnsiQuotes = 0x4,
        IgnoreSpace = 0x8,
        NoUnsignedSubtraction = 0x40,
        NoDirInCreate = 0x80,
        NoBackslashEscapes = 0x100000,
        NoEngineSubstitution = 0x40000000,
        AllowInvalidDates = 0x2000000,
        HighNotPrecedence = 0x20000000;

    // Modes that MySQL 8.0 has no more (POSTGRESQL … MYSQL40, NO_AUTO_CREATE_USER); and those above, of which each product has its own.
    private const ulong RemovedFromMySql = 0x3FF00 | 0x10000000,
        Common = 0xFFFFFFFF;

    /// <summary>Settings for a statement that was printed for the destination: it says its names, collations and TIMESTAMP attributes
    /// itself.</summary>
    /// <param name="variables">What the statement's event tells; settings that it does not tell stay as they are.</param>
    /// <param name="time">When it ran, in UTC: what it fills rows with, and what it makes of times, is the same then.</param>
    /// <param name="server">The source.</param>
    /// <param name="numbersRows">Whether the destination numbers rows in it; some versions want a privilege for these settings.</param>
    public static IReadOnlyList<string> Of(
        QueryStatusVariables variables,
        DateTime time,
        ServerCatalogue server,
        ServerCatalogue destination,
        bool numbersRows
    )
    {
        var settings = new List<string>
        {
            string.Create(
                CultureInfo.InvariantCulture,
                $"timestamp = {(time - DateTime.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond:0.000000}"
            ),
        };
        if (numbersRows)
        {
            var (increment, offset) = variables.AutoIncrement ?? (1, 1);
            settings.Add(string.Create(CultureInfo.InvariantCulture, $"auto_increment_increment = {increment}"));
            settings.Add(string.Create(CultureInfo.InvariantCulture, $"auto_increment_offset = {offset}"));
        }
        if (variables.SqlMode is { } mode)
        {
            mode &= server.Flavour == destination.Flavour ? ulong.MaxValue : Common;
            mode &= destination.Flavour == ServerFlavour.MySql ? ~RemovedFromMySql : ulong.MaxValue;
            // Statements are printed anew, with names in backticks and with escapes.
            mode &= ~(AnsiQuotes | NoBackslashEscapes);
            // An engine that the destination has not is no reason to take another.
            settings.Add(string.Create(CultureInfo.InvariantCulture, $"sql_mode = {mode | NoEngineSubstitution}"));
        }
        // It is that of the texts in expressions alone; where it is not known they have the one that the session has.
        if (CollationName(server, variables.ConnectionCollation) is { } collation && destination.Collations.Any(c => c.Name == collation))
            settings.Add($"collation_connection = {SqlLiteral.Quote(collation)}");
        if (variables.TimeZone is { } zone)
            settings.Add($"time_zone = {SqlLiteral.Quote(zone)}");
        return settings;
    }

    private static string? CollationName(ServerCatalogue server, ushort? id) =>
        id is { } number ? server.Collations.FirstOrDefault(c => c.Id == number)?.Name : null;
}
