using System.Globalization;

namespace Oms.MySql.Ddl;

/// <summary>Reads a <see cref="ServerCatalogue"/> from its server.</summary>
public static class ServerCatalogueReader
{
    private const int MariaDbUtf8Mb4 = 100601,
        MariaDbContextualCollations = 101001,
        MariaDbCharacterSetCollations = 110200;

    /// <summary>Asks the server; the session's own settings play no part.</summary>
    public static async Task<ServerCatalogue> ReadAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var version = (await connection.QueryRowAsync("SELECT VERSION()", cancellationToken))![0]!;
        var number = ServerCatalogue.NumberOf(version);
        var isMariaDb = connection.Flavour == ServerFlavour.MariaDb;
        var variables = (
            await connection.QueryRowsAsync(
                "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('lower_case_table_names', 'explicit_defaults_for_timestamp', 'collation_server', 'old_mode')",
                cancellationToken
            )
        ).ToDictionary(r => r[0]!, r => r[1]!, StringComparer.OrdinalIgnoreCase);
        var collations = await ReadCollationsAsync(connection, isMariaDb ? number : 0, cancellationToken);
        var defaults = collations.Where(c => c[3] == "Yes").ToDictionary(c => c[2]!, c => c[1]!, StringComparer.OrdinalIgnoreCase);
        var characterSets = await connection.QueryRowsAsync(
            "SELECT CHARACTER_SET_NAME, MAXLEN, DEFAULT_COLLATE_NAME FROM information_schema.CHARACTER_SETS",
            cancellationToken
        );
        return new ServerCatalogue
        {
            Version = version,
            LowerCaseTableNames = variables.TryGetValue("lower_case_table_names", out var rule)
                ? int.Parse(rule, CultureInfo.InvariantCulture)
                : 0,
            ExplicitDefaultsForTimestamp =
                variables.TryGetValue("explicit_defaults_for_timestamp", out var isExplicit) && isExplicit is "ON" or "1",
            Utf8IsUtf8Mb3 =
                !isMariaDb
                || number < MariaDbUtf8Mb4
                || !variables.TryGetValue("old_mode", out var oldMode)
                || oldMode.Contains("UTF8_IS_UTF8MB3", StringComparison.OrdinalIgnoreCase),
            ServerCollation = variables["collation_server"],
            CharacterSets =
            [
                .. characterSets.Select(c => new CharacterSetFacts(
                    c[0]!,
                    int.Parse(c[1]!, CultureInfo.InvariantCulture),
                    defaults.GetValueOrDefault(c[0]!, c[2]!)
                )),
            ],
            Collations =
            [
                .. collations
                    .Select(c => new CollationFacts(int.Parse(c[0]!, CultureInfo.InvariantCulture), c[1]!, c[2]!))
                    .DistinctBy(c => c.Id)
                    .DistinctBy(c => c.Name),
            ],
        };
    }

    /// <param name="mariaDb">The number of its version; 0: it is another product.</param>
    private static async Task<List<string?[]>> ReadCollationsAsync(RowSession connection, int mariaDb, CancellationToken cancellationToken)
    {
        // A session's own defaults (which events tell) must not colour what the server's are.
        var prefix =
            mariaDb >= MariaDbCharacterSetCollations
            && await connection.QueryRowAsync("SHOW VARIABLES LIKE 'character_set_collations'", cancellationToken) is not null
                ? "SET STATEMENT character_set_collations = '' FOR "
                : "";
        return await connection.QueryRowsAsync(
            prefix
                + (
                    mariaDb >= MariaDbContextualCollations
                        ? "SELECT ID, FULL_COLLATION_NAME, CHARACTER_SET_NAME, IS_DEFAULT FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL"
                        : "SELECT ID, COLLATION_NAME, CHARACTER_SET_NAME, IS_DEFAULT FROM information_schema.COLLATIONS WHERE ID IS NOT NULL"
                ),
            cancellationToken
        );
    }
}
