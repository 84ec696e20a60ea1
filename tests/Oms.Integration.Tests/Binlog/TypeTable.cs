using System.Globalization;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A table of sampled columns <c>c0</c>, <c>c1</c>, … behind the key <c>id</c>, with <c>touch</c> at its end.</summary>
internal sealed record TypeTable(string Name, IReadOnlyList<TypeSample> Samples)
{
    private const int ColumnsPerTable = 24; // an InnoDB row of all types would be too long

    /// <summary>Row i holds value i of each column that has so many, else NULL; the last is all NULL.</summary>
    public int RowCount => Samples.Max(s => s.Values.Length) + 1;

    public string CreateSql =>
        $"CREATE TABLE {Name} (id INT PRIMARY KEY{string.Concat(Samples.Select((s, i) => $", c{i} {s.Definition}"))}, touch INT NOT NULL DEFAULT 0) ROW_FORMAT=DYNAMIC";

    /// <summary>Whether its rows can be written only without strict mode.</summary>
    public bool IsLax => Samples.Any(s => s.IsLax && !s.IsGenerated);

    /// <summary>The flavour's types in as many tables as they need.</summary>
    public static IReadOnlyList<TypeTable> Of(ServerFlavourName flavour) =>
        [.. EveryType.Of(flavour).Chunk(ColumnsPerTable).Select((samples, i) => new TypeTable($"t{i}", samples))];

    public string InsertSql(int row, int id) =>
        $"INSERT INTO {Name} (id{string.Concat(Values(row).Select(v => $", {v.Column}"))}) VALUES ({Text(id)}{string.Concat(Values(row).Select(v => $", {v.Value}"))})";

    public string UpdateSql(int row, int id) =>
        $"UPDATE {Name} SET {string.Join(", ", Values(row).Select(v => $"{v.Column} = {v.Value}"))} WHERE id = {Text(id)}";

    private IEnumerable<(string Column, string Value)> Values(int row) =>
        Samples
            .Select((s, i) => (Sample: s, Column: $"c{i}"))
            .Where(c => !c.Sample.IsGenerated)
            .Select(c => (c.Column, row < c.Sample.Values.Length ? c.Sample.Values[row] : "NULL"));

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);
}
