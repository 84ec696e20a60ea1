namespace Oms.MySql.Tests.Fuzzing;

/// <summary>
/// Whatever bytes come, a parser gives a value or the one error that it documents: no other exception, no endless work, no allocation
/// beyond what the bytes justify. The cases are the same in each run; see <see cref="Fuzzer"/> for others. A parser is added by a line in
/// <see cref="PacketTargets"/> or <see cref="EventTargets"/>.
/// </summary>
public class FuzzingTests
{
    private const int Wanted = 1_000_000;

    private static readonly IReadOnlyList<FuzzTarget> s_targets = [.. PacketTargets.All, .. EventTargets.All];

    public static TheoryData<string> Names => [.. s_targets.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_input_is_refused_by_the_documented_error_in_bounded_time_and_memory(string name) =>
        Fuzzer.Run(s_targets.Single(t => t.Name == name));

    // What earlier runs found.
    [Theory]
    [InlineData(
        "bounds of transactions",
        "0191814C3BE6AF11F193A102FC0000000102000000000000FD0200000000000000000100000000000000B6931DF3E26006FCD20250620100"
    )] // a number that is no GTID's
    [InlineData(
        "compressed QUERY",
        "07000000000000000B0000230000000000050100004802000000000603737464042D002D002D008190000000000040006D6172696164623130313100814378201004C056F6471D68EE079A181A40D9E043380367FFCEF890E440F24B10341DC4BAC7285B82CB98968D8DDDF068AF60D7AFDE30C5F45CDADEC13959DC0FD08E1680"
    )] // zlib wants a dictionary
    [InlineData("COMPRESSED column", "8900")] // no data behind the header
    [InlineData("packet framing", "18000000FF26040132333030304475706C69636134304475706C6963E77465206565200000000000")] // a header that announces 6 MB
    public void What_was_found_is_refused_too(string name, string input) =>
        Fuzzer.Check(s_targets.Single(t => t.Name == name), Convert.FromHexString(input));

    [Fact]
    public void There_are_a_million_cases() => Assert.InRange(s_targets.Sum(t => t.Cases), Wanted, int.MaxValue);
}
