using Oms.Metadata;

namespace Oms.Engine.Tests.Links;

public sealed class StartTests
{
    [Fact]
    public async Task A_link_that_cannot_even_begin_is_nobodys_at_once()
    {
        using var home = new TempHome();
        using var engine = OmsEngine.Open(home.Path);
        foreach (var (name, port) in new[] { ("a", 1), ("b", 2) })
            engine.AddDataSource(
                new DataSource
                {
                    Name = name,
                    Region = name,
                    Type = DataSourceType.MySQL,
                    Host = "127.0.0.1",
                    Port = port,
                    User = "u",
                },
                "p"
            );
        engine.AddProject(
            new Project
            {
                Name = "p",
                Source = "a",
                Destination = "b",
                Objects = ["d.*"],
            }
        );
        using (var store = MetadataStore.Open(home.Path))
            store.Write(session => session.DeleteDataSource("a"));

        for (var start = 0; start < 2; start++)
            Assert.Equal("DataSourceNotFound", (await Assert.ThrowsAsync<OmsException>(() => engine.StartLink("p").Completion)).Id);
        Assert.Equal(ProjectState.NotStarted, engine.GetLink("p").State);
    }
}
