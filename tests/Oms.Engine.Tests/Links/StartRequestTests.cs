namespace Oms.Engine.Tests.Links;

public sealed class StartRequestTests : IDisposable
{
    private readonly TempHome _home = new();
    private readonly OmsEngine _engine;

    public StartRequestTests()
    {
        _engine = OmsEngine.Open(_home.Path);
        foreach (var name in new[] { "a", "b" })
            _engine.AddDataSource(
                new DataSource
                {
                    Name = name,
                    Region = name,
                    Type = DataSourceType.MySQL,
                    Host = $"{name}.example",
                    Port = 3306,
                    User = "oms",
                },
                "secret"
            );
        _engine.AddProject(
            new Project
            {
                Name = "orders",
                Source = "a",
                Destination = "b",
                Objects = ["shop.*"],
            }
        );
    }

    public void Dispose()
    {
        _engine.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task A_request_that_no_agent_takes_is_withdrawn()
    {
        Assert.Equal("NoAgent", (await Assert.ThrowsAsync<OmsException>(() => _engine.StartElsewhereAsync("orders", TimeSpan.Zero))).Id);
        Assert.False(_engine.TakeStartRequest("orders"));
    }

    [Fact]
    public async Task A_request_is_taken_once()
    {
        var request = _engine.StartElsewhereAsync("orders", TimeSpan.FromMinutes(1));
        Assert.True(_engine.TakeStartRequest("orders"));
        Assert.False(_engine.TakeStartRequest("orders"));
        await request;
    }
}
