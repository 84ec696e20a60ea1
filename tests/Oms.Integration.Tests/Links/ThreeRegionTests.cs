using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>A mesh and a ring of three regions carry each change everywhere, once, and none in a circle.</summary>
public sealed class ThreeRegionTests
{
    private const int Rows = 60;

    // The witness has no unique key: a change that is applied twice is written down twice.
    private const string Schema = """
        CREATE DATABASE mesh; CREATE DATABASE ring; CREATE DATABASE witness;
        CREATE TABLE mesh.t (id INT PRIMARY KEY, n INT NOT NULL, at INT NOT NULL);
        CREATE TABLE ring.t (id INT PRIMARY KEY, n INT NOT NULL, at INT NOT NULL);
        CREATE TABLE witness.mesh (id INT, n INT); CREATE TABLE witness.ring (id INT, n INT);
        """;

    private const string Witnesses = """
        CREATE TRIGGER mesh.i AFTER INSERT ON mesh.t FOR EACH ROW INSERT INTO witness.mesh VALUES (NEW.id, NEW.n);
        CREATE TRIGGER mesh.u AFTER UPDATE ON mesh.t FOR EACH ROW INSERT INTO witness.mesh VALUES (NEW.id, NEW.n);
        CREATE TRIGGER ring.i AFTER INSERT ON ring.t FOR EACH ROW INSERT INTO witness.ring VALUES (NEW.id, NEW.n);
        CREATE TRIGGER ring.u AFTER UPDATE ON ring.t FOR EACH ROW INSERT INTO witness.ring VALUES (NEW.id, NEW.n);
        """;

    private static Project Latest(Project project) => project with { ConflictPolicy = ConflictPolicy.LatestWins, LatestColumn = "at" };

    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task Every_change_comes_to_every_region_once_and_none_travels_on_for_ever()
    {
        await using var regions = await ManyRegions.StartAsync(ServerFlavourName.MariaDb1011, 3, Schema);
        string[] mesh =
        [
            .. await regions.AddPairAsync("m12", 1, 2, "mesh.*", Latest),
            .. await regions.AddPairAsync("m23", 2, 3, "mesh.*", Latest),
            .. await regions.AddPairAsync("m13", 1, 3, "mesh.*", Latest),
        ];
        string[] ring =
        [
            await regions.AddLinkAsync("ring12", 1, 2, "ring.*", p => Latest(p) with { RelayOrigins = ["r3"] }),
            await regions.AddLinkAsync("ring23", 2, 3, "ring.*", p => Latest(p) with { RelayOrigins = ["r1"] }),
            await regions.AddLinkAsync("ring31", 3, 1, "ring.*", p => Latest(p) with { RelayOrigins = ["r2"] }),
        ];
        // After the prechecks, which refuse triggers.
        foreach (var server in regions.Servers)
            await server.SqlAsync(Witnesses);

        // Each region its own rows, interleaved in time, so that batches of the ring meet transactions of two origins.
        await Task.WhenAll(
            regions
                .Servers.Index()
                .Select(async region =>
                {
                    for (var row = 0; row < Rows; row++)
                    {
                        var id = (row * 10) + region.Index;
                        await region.Item.SqlAsync(
                            $"INSERT INTO mesh.t VALUES ({id}, 1, 1); UPDATE mesh.t SET n = 2, at = 2 WHERE id = {id}; INSERT INTO ring.t VALUES ({id}, 1, 1); UPDATE ring.t SET n = 2, at = 2 WHERE id = {id}"
                        );
                    }
                })
        );
        await regions.SynchronizedAsync([.. mesh, .. ring], hops: 3);

        Assert.Empty(await regions.DifferencesAsync("mesh"));
        Assert.Empty(await regions.DifferencesAsync("ring"));
        foreach (var server in regions.Servers)
        {
            // A batch may take an insert and its update together; a version that comes twice would be there twice.
            Assert.Equal(3 * Rows, await TwoRegions.CountAsync(server, "SELECT COUNT(*) FROM ring.t"));
            foreach (var database in new[] { "mesh", "ring" })
                Assert.Equal(
                    $"1|{3 * Rows}",
                    string.Join(
                        '|',
                        (await server.SqlAsync($"SELECT COUNT(*) = COUNT(DISTINCT id, n), SUM(n = 2) FROM witness.{database}"))[0]
                    )
                );
            Assert.Equal("0", await server.ScalarAsync("SELECT COUNT(*) FROM oms.conflict"));
        }
        // Each region's own transactions reach each other region by one link: two statements a row.
        Assert.All(mesh, link => Assert.Equal(2 * Rows, regions.Engine.GetLink(link).TransactionsApplied));
        // What a link of the ring relays came in batches, each of which is one transaction there.
        Assert.All(ring, link => Assert.InRange(regions.Engine.GetLink(link).TransactionsApplied, (2 * Rows) + 1, 2 * 2 * Rows));

        var sizes = await Task.WhenAll(regions.Servers.Select(TwoRegions.LogSizeAsync));
        await regions.SynchronizedAsync([.. mesh, .. ring], hops: 2);
        Assert.Equal(sizes, await Task.WhenAll(regions.Servers.Select(TwoRegions.LogSizeAsync)));
    }
}
