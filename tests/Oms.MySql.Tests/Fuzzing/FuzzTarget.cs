namespace Oms.MySql.Tests.Fuzzing;

/// <summary>A parser of a server's bytes.</summary>
/// <param name="Name">For the test's name.</param>
/// <param name="Cases">How many damaged inputs it gets.</param>
/// <param name="Seeds">Sound input.</param>
/// <param name="Error">The one exception by which it refuses input.</param>
/// <param name="Read">The parser; what it gives back is of no interest.</param>
internal sealed record FuzzTarget(string Name, int Cases, IReadOnlyList<byte[]> Seeds, Type Error, Action<byte[]> Read)
{
    /// <summary>Bytes that may be allocated for a byte of input, beyond a fixed amount; more only where input is decompressed.</summary>
    public int GreatestGrowth { get; init; } = 16;

    public override string ToString() => Name;
}
