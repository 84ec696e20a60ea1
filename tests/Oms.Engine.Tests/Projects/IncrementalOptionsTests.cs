namespace Oms.Engine.Tests.Projects;

public sealed class IncrementalOptionsTests
{
    [Theory]
    [InlineData(ConcurrencySpeed.Stable, 1, 16)]
    [InlineData(ConcurrencySpeed.Normal, 4, 48)]
    [InlineData(ConcurrencySpeed.Fast, 8, 96)]
    [InlineData(ConcurrencySpeed.Custom, 4, 48)]
    public void A_preset_stands_for_writers_and_memory(ConcurrencySpeed speed, int writers, int megabytes)
    {
        var options = new IncrementalOptions { Speed = speed };
        Assert.Equal((writers, (long)megabytes << 20), (options.Writers, options.MemoryBytes));
    }

    [Fact]
    public void Custom_takes_what_is_given()
    {
        var options = new IncrementalOptions
        {
            Speed = ConcurrencySpeed.Custom,
            WriteConcurrency = 9,
            MemoryMegabytes = 100,
        };
        Assert.Equal((9, 100L << 20), (options.Writers, options.MemoryBytes));
    }
}
