using System.Globalization;

namespace Oms.Benchmarks;

/// <summary>What a benchmark found, beside what is wanted.</summary>
internal sealed class ResultTable(string benchmark)
{
    private readonly List<string[]> _lines =
    [
        ["", "measured", "", "wanted", "ratio", ""],
    ];
    private readonly List<string> _short = [];

    public void AtLeast(string what, double value, string unit, double wanted) =>
        Add(what, value, unit, $"≥ {Text(wanted)}", Text(value / wanted) + "×", value >= wanted);

    public void AtMost(string what, double value, string unit, double wanted) =>
        Add(what, value, unit, $"≤ {Text(wanted)}", "", value <= wanted);

    /// <summary>A figure without a target.</summary>
    public void Note(string what, double value, string unit) => _lines.Add([what, Text(value), unit, "", "", ""]);

    /// <summary>What could not be measured is not met.</summary>
    public void Missing(string what, string why)
    {
        _lines.Add([what, "-", "", why, "", "short"]);
        _short.Add(what);
    }

    /// <summary>Prints the table and the verdict; returns the exit status.</summary>
    public int Print()
    {
        var widths = Enumerable.Range(0, _lines[0].Length).Select(i => _lines.Max(line => line[i].Length)).ToArray();
        foreach (var line in _lines)
            Console.WriteLine(
                string.Join("  ", line.Select((cell, i) => i is 1 or 4 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd()
            );
        Console.WriteLine(_short.Count == 0 ? $"{benchmark}: met" : $"{benchmark}: short: {string.Join("; ", _short)}");
        return _short.Count == 0 ? 0 : 1;
    }

    private void Add(string what, double value, string unit, string wanted, string ratio, bool isMet)
    {
        _lines.Add([what, Text(value), unit, wanted, ratio, isMet ? "met" : "short"]);
        if (!isMet)
            _short.Add($"{what} {Text(value)} {unit}, wanted {wanted}");
    }

    private static string Text(double value) => value.ToString(Math.Abs(value) >= 100 ? "N0" : "0.###", CultureInfo.InvariantCulture);
}
