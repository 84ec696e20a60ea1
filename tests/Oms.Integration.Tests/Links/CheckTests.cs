using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Links;

/// <summary>Rows that are against a CHECK constraint and legal at their source.</summary>
public sealed class CheckTests
{
    private const string Schema = """
        CREATE DATABASE shop DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
        CREATE TABLE shop.early (id INT PRIMARY KEY, v INT, CONSTRAINT positive CHECK (v > 0)) COLLATE utf8mb4_general_ci;
        CREATE TABLE shop.late (id INT PRIMARY KEY, v INT CHECK (v > 0), CONSTRAINT even CHECK (v MOD 2 = 0)) COLLATE utf8mb4_general_ci;
        SET SESSION check_constraint_checks = 0;
        INSERT INTO shop.early VALUES (1, 1), (2, 2), (7, -7), (9, 9); INSERT INTO shop.late VALUES (1, 2);
        """;

    private const string Violations =
        "SET SESSION check_constraint_checks = 0; INSERT INTO shop.late VALUES (2, 4); INSERT INTO shop.late VALUES (3, 5), (4, 6); UPDATE shop.late SET v = 8 WHERE id = 1";

    [ServerTheory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MariaDb118)]
    public async Task MariaDB_takes_them_as_the_source_has_them(ServerFlavourName flavour)
    {
        await using var regions = await TwoRegions.StartAsync(flavour, Schema);
        regions.AddForward(scenario: Scenario.DataMigration);
        regions.Start("forward");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.North.SqlAsync(Violations + "; UPDATE shop.late SET v = -1 WHERE id = 2; DELETE FROM shop.early WHERE id = 1");
        await regions.WaitAsync(LinkTarget.Synchronized, "forward");
        await regions.AssertEqualAsync("shop.early", "shop.late");
        Assert.Equal(0, regions.Engine.GetLink("forward").Conflicts);
    }

    [ServerFact(ServerFlavourName.MariaDb1011, ServerFlavourName.MySql97)]
    public async Task MySQL_refuses_them_and_the_link_stops_with_the_row_the_constraint_and_a_way_on()
    {
        await using var north = await TestServer.StartAsync(ServerFlavourName.MariaDb1011);
        await using var south = await TestServer.StartAsync(ServerFlavourName.MySql97);
        await north.SqlAsync(Schema);
        var home = Directory.CreateTempSubdirectory("oms-home-").FullName;
        try
        {
            using var engine = OmsEngine.Open(home);
            foreach (var (server, name) in new[] { (north, "north"), (south, "south") })
                engine.AddDataSource(
                    new DataSource
                    {
                        Name = name,
                        Region = name,
                        Type = server.IsMariaDb ? DataSourceType.MariaDB : DataSourceType.MySQL,
                        Host = "127.0.0.1",
                        TlsCaFile = TestServer.TlsCaFile,
                        Port = server.Port,
                        User = "root",
                    },
                    server.Root.Password
                );
            engine.AddProject(
                new Project
                {
                    Name = "forward",
                    Scenario = Scenario.DataMigration,
                    Source = "north",
                    Destination = "south",
                    Objects = ["shop.*"],
                    Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
                }
            );

            // Full migration.
            var stopped = await Assert.ThrowsAsync<OmsException>(() => engine.StartLink("forward").Completion);
            Assert.True(stopped.Id == "CheckViolated", stopped.Message);
            Assert.Contains("A row of shop.early, id=7, is against the CHECK constraint positive of shop.early", stopped.Message);
            await south.SqlAsync(RemedyOf(stopped));
            var run = engine.StartLink("forward");
            await engine.WaitAsync(["forward"], LinkTarget.Synchronized, TimeSpan.FromSeconds(60));

            // Increments.
            await north.SqlAsync(Violations);
            stopped = await Assert.ThrowsAsync<OmsException>(() => run.Completion);
            Assert.True(stopped.Id == "CheckViolated", stopped.Message);
            Assert.Contains("""A row of shop.late, {"id":3}, is against the CHECK constraint even of shop.late""", stopped.Message);
            await south.SqlAsync(RemedyOf(stopped));
            run = engine.StartLink("forward");
            await engine.WaitAsync(["forward"], LinkTarget.Synchronized, TimeSpan.FromSeconds(60));
            foreach (var table in new[] { "shop.early", "shop.late" })
                Assert.Equal(await TwoRegions.DumpAsync(north, table), await TwoRegions.DumpAsync(south, table));
            run.Stop();
            await run.Completion;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }

        static string RemedyOf(OmsException error) =>
            error.Remedy![
                error.Remedy!.IndexOf("ALTER TABLE", StringComparison.Ordinal)..error.Remedy!.IndexOf(" there (", StringComparison.Ordinal)
            ];
    }
}
