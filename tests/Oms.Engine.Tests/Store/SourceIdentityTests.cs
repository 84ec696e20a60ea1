using Oms.Store;

namespace Oms.Engine.Tests.Store;

/// <summary>A link goes on with the server that it began with, and with no other.</summary>
public sealed class SourceIdentityTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-store-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Require(string found, bool isNew = false) => SourceIdentity.Require(_directory, found, isNew, "forward");

    [Fact]
    public void The_server_that_the_link_began_with_is_let_through()
    {
        Require("1@db1", isNew: true);
        Require("1@db1");
    }

    [Fact]
    public void Another_one_is_refused_and_the_error_names_both()
    {
        Require("1@db1", isNew: true);

        var error = Assert.Throws<OmsException>(() => Require("2@db2"));
        Assert.Equal("SourceChanged", error.Id);
        Assert.Contains("1@db1", error.Message, StringComparison.Ordinal);
        Assert.Contains("2@db2", error.Message, StringComparison.Ordinal);
        Assert.Contains("Point the data source at 1@db1 again", error.Remedy, StringComparison.Ordinal);
        Assert.Contains("new project", error.Remedy, StringComparison.Ordinal);
        Require("1@db1");
    }

    [Fact]
    public void A_link_that_begins_anew_takes_the_server_that_is_there()
    {
        Require("1@db1", isNew: true);
        Require("2@db2", isNew: true);
        Require("2@db2");
    }

    [Fact]
    public void A_link_that_knows_none_keeps_the_one_that_it_goes_on_with()
    {
        // Begun by a version that kept none, or the file was cut short when it was made.
        File.WriteAllText(Path.Combine(_directory, "source.identity"), "");
        Require("1@db1");
        Assert.Throws<OmsException>(() => Require("2@db2"));
    }
}
