namespace Oms.MySql.Tests.Fuzzing;

/// <summary>
/// Whatever bytes come, a parser gives a value or the one error that it documents: no other exception, no endless work, no allocation beyond what the bytes justify. The cases are the same in
/// each run; see <see cref="Fuzzer"/> for others. A parser is added by a line in <see cref="PacketTargets"/> or <see cref="EventTargets"/>.
/// </summary>
public class FuzzingTests
{
    private const int Wanted = 1_000_000;

    private static readonly IReadOnlyList<FuzzTarget> s_targets = [.. PacketTargets.All, .. EventTargets.All];

    public static TheoryData<string> Names => [.. s_targets.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_input_is_refused_by_the_documented_error_in_bounded_time_and_memory(string name) => Fuzzer.Run(s_targets.Single(t => t.Name == name));

    [Fact]
    public void There_are_a_million_cases() => Assert.InRange(s_targets.Sum(t => t.Cases), Wanted, int.MaxValue);
}
