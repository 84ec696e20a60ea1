using System.Globalization;
using System.Text;
using MySqlConnector;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>
/// Random transactions on small tables, one table a seed: inserts, updates, deletes, key changes and swaps of unique values, by every
/// region at once. Each written version of a row has a number of its own, and a table that no link carries notes which version each
/// transaction had before it and which it wrote.
/// </summary>
internal static class ConvergenceLoad
{
    private const int Keys = 5;

    /// <summary>Creates a database with a table for each seed, and the notes.</summary>
    public static string Schema(string database, int seeds) =>
        $"CREATE DATABASE {database}; CREATE DATABASE IF NOT EXISTS notes;"
        + $"CREATE TABLE notes.{database} (id BIGINT AUTO_INCREMENT PRIMARY KEY, seed INT NOT NULL, seen BIGINT, wrote BIGINT);"
        + string.Concat(
            Enumerable
                .Range(0, seeds)
                .Select(seed =>
                    $"CREATE TABLE {database}.t{seed} (id INT PRIMARY KEY, u INT UNIQUE, v BIGINT NOT NULL, at BIGINT NOT NULL, note TEXT);"
                )
        );

    /// <summary>A seed whose versions come back: a value is set to what it was before, or only a column changes that is not compared. Lost
    /// writes can't be told by their number there.</summary>
    private static bool Deceives(int seed) => seed % 3 == 2;

    /// <summary>Writes at one region. Its choices follow from the seeds; how they meet the other regions' is up to the machine.</summary>
    public static async Task WriteAsync(TestServer server, int region, string database, int firstSeed, int seeds, int firstStep, int steps)
    {
        await using var connection = await TestClient.OpenAsync(server.ConnectionString());
        var randoms = Enumerable
            .Range(0, seeds)
            .Select(seed => new Random(((((firstSeed + seed) * 10) + region) * 1000) + firstStep))
            .ToArray();
        var version = (region * 1_000_000_000L) + (firstStep * 1_000_000L);
        for (var step = firstStep; step < firstStep + steps; step++)
        {
            for (var seed = 0; seed < seeds; seed++)
            {
                var sql = Transaction(randoms[seed], database, seed, ref version, step);
                try
                {
                    await connection.ExecuteAsync($"BEGIN; {sql} COMMIT");
                }
                catch (MySqlException e) when (e.Number is 1205 or 1213 or 1020)
                {
                    await connection.ExecuteAsync("ROLLBACK");
                }
            }
        }
    }

    private static string Transaction(Random random, string database, int seed, ref long version, int step)
    {
        var table = $"{database}.t{seed}";
        var (key, other) = (random.Next(Keys), random.Next(Keys));
        var unique = random.Next(4) == 0 ? "NULL" : random.Next(Keys).ToString(CultureInfo.InvariantCulture);
        // Mostly a clock, sometimes one that is behind or the same.
        var at = random.Next(4) == 0 ? random.Next(3) : step;
        var wrote = ++version;
        var note = $"'{random.Next(3)}'";
        string Seen(int id, string name) => $"SET @{name} = (SELECT v FROM {table} WHERE id = {id} FOR UPDATE);";
        // UPDATE IGNORE does not always say whether it did: the row tells.
        string Noted(string seen, long written) =>
            $"INSERT INTO notes.{database} (seed, seen, wrote) SELECT {seed}, {seen}, v FROM {table} WHERE v = {written};";
        switch (random.Next(Deceives(seed) ? 12 : 9))
        {
            case 0 or 1:
                return $"INSERT IGNORE INTO {table} VALUES ({key}, {unique}, {wrote}, {at}, {note});" + Noted("NULL", wrote);
            case 2:
                return Seen(key, "seen")
                    + $"DELETE FROM {table} WHERE id = {key}; INSERT INTO notes.{database} (seed, seen) VALUES ({seed}, @seen);";
            case 3:
                return Seen(key, "seen")
                    + $"UPDATE IGNORE {table} SET id = {other + Keys}, v = {wrote}, at = {at} WHERE id = {key};"
                    + Noted("@seen", wrote);
            case 4:
                return Seen(key + Keys, "seen")
                    + $"UPDATE IGNORE {table} SET id = {other}, v = {wrote}, at = {at}, u = {unique} WHERE id = {key + Keys};"
                    + Noted("@seen", wrote);
            case 5 when key != other:
                var second = ++version;
                return Seen(key, "one")
                    + Seen(other, "two")
                    + $"SET @a = (SELECT u FROM {table} WHERE id = {key}), @b = (SELECT u FROM {table} WHERE id = {other});"
                    + $"UPDATE {table} SET u = NULL, v = {wrote}, at = {at} WHERE id = {key} AND @two IS NOT NULL;"
                    + Noted("@one", wrote)
                    + $"UPDATE {table} SET u = @a, v = {second}, at = {at} WHERE id = {other} AND @one IS NOT NULL;"
                    + Noted("@two", second)
                    + $"UPDATE {table} SET u = @b WHERE id = {key} AND @two IS NOT NULL;";
            case 9:
                // What it was two versions ago.
                return $"SET @seen = (SELECT v FROM {table} WHERE id = {key} FOR UPDATE), @at = (SELECT at FROM {table} WHERE id = {key});"
                    + $"UPDATE {table} SET v = {wrote}, at = {at} WHERE id = {key}; COMMIT; BEGIN; UPDATE {table} SET v = @seen, at = @at WHERE id = {key} AND v = {wrote};";
            case 10:
                return $"UPDATE {table} SET note = {note} WHERE id = {key};";
            case 11:
                return $"UPDATE IGNORE {table} SET v = {random.Next(3)}, at = {random.Next(3)}, u = {unique} WHERE id = {key};";
            default:
                return Seen(key, "seen")
                    + $"UPDATE IGNORE {table} SET v = {wrote}, u = {unique}, at = {at}, note = {note} WHERE id = {key};"
                    + Noted("@seen", wrote);
        }
    }

    /// <summary>
    /// The written versions that nothing accounts for: not there at the end, never overwritten or deleted by somebody who had seen them,
    /// and named in no recorded conflict as the loser.
    /// </summary>
    public static async Task<List<string>> UnaccountedAsync(ManyRegions regions, string database, int seeds)
    {
        var (wrote, known) = (new Dictionary<string, string>(), new HashSet<string>());
        foreach (var server in regions.Servers)
        {
            foreach (var row in await server.SqlAsync($"SELECT seed, seen, wrote FROM notes.{database}"))
            {
                if (row[1] is { } seen)
                    known.Add(seen);
                if (row[2] is { } version && !Deceives(int.Parse(row[0]!, CultureInfo.InvariantCulture)))
                    wrote.Add(version, row[0]!);
            }
            var losers = await server.SqlAsync(
                $"SELECT JSON_EXTRACT(IF(resolution = 'Kept', after_image, current_image), '$.v') FROM oms.conflict WHERE db = '{database}'"
            );
            known.UnionWith(losers.Select(r => r[0]).OfType<string>());
        }
        for (var seed = 0; seed < seeds; seed++)
            known.UnionWith((await regions.Servers[0].SqlAsync($"SELECT v FROM {database}.t{seed}")).Select(r => r[0]!));
        return [.. wrote.Where(w => !known.Contains(w.Key)).Select(w => $"version {w.Key} of {database}.t{w.Value}")];
    }
}
