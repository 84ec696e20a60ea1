using Oms.Integration.Tests.FullImport;
using Oms.Integration.Tests.Servers;
using Oms.Precheck;

namespace Oms.Integration.Tests.OceanBase;

/// <summary>Each privilege that a link needs at OceanBase, revoked on the kernel: the precheck names it, and what it says to do mends it.</summary>
[Collection(ProductTestGroup.Name)]
public sealed class KernelPrivilegeTests(ServersByFlavour servers)
{
    private static readonly string[] s_rows = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE"],
        s_structures = ["ALTER", "INDEX", "DROP", "REFERENCES", "CREATE VIEW", "SHOW VIEW"];

    [ServerFact(ServerFlavourName.MariaDb1011, ServerFlavourName.OceanBase)]
    public async Task Each_missing_privilege_is_named_with_the_statement_that_grants_it()
    {
        var (source, kernel) = (await servers.GetAsync(ServerFlavourName.MariaDb1011), await TestServer.SharedKernelAsync());
        await source.SqlAsync(
            "CREATE DATABASE granted; USE granted; CREATE TABLE t (id INT PRIMARY KEY) CHARSET utf8mb4 COLLATE utf8mb4_bin; CREATE VIEW v AS SELECT id FROM t"
        );
        var needed = s_rows.Concat(s_structures).Select(p => ("granted", p)).Concat(s_rows.Select(p => ("oms", p))).ToList();
        var account = await kernel.CreateUserAsync("low", [.. needed.Select(n => $"{n.Item2} ON {n.Item1}.*")]);
        var home = Directory.CreateTempSubdirectory("oms-home-").FullName;
        try
        {
            using var engine = OmsEngine.Open(home);
            // The log-in has the tenant, the account has not.
            foreach (var (name, server, user) in new[] { ("a", source, source.Root), ("b", kernel, account with { User = "low@sys" }) })
                engine.AddDataSource(
                    new DataSource
                    {
                        Name = name,
                        Region = name,
                        Type = server.Type,
                        Host = "127.0.0.1",
                        Port = server.Port,
                        TlsCaFile = server.CaFile,
                        User = user.User,
                    },
                    user.Password
                );
            engine.AddProject(
                new Project
                {
                    Name = "granted",
                    Source = "a",
                    Destination = "b",
                    Objects = ["granted.*"],
                    Types = MigrationTypes.Schema | MigrationTypes.Full | MigrationTypes.Incremental,
                }
            );
            Assert.Empty(await FailedAsync(engine));
            foreach (var (database, privilege) in needed)
            {
                await kernel.SqlAsync($"REVOKE {privilege} ON {database}.* FROM low");
                var failed = await FailedAsync(engine);
                Assert.Contains(failed, i => i.Detail.Contains($"lacks {privilege} on {database}.*", StringComparison.Ordinal));
                Assert.All(failed, i => Assert.Equal($"GRANT {privilege} ON `{database}`.* TO 'low'@'…';", i.Remedy));
                await kernel.SqlAsync(failed[0].Remedy!.Replace("'@'…'", "'@'%'", StringComparison.Ordinal));
            }
            Assert.Empty(await FailedAsync(engine));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<List<PrecheckItem>> FailedAsync(OmsEngine engine)
    {
        var failed = new List<PrecheckItem>();
        await foreach (var item in engine.PrecheckAsync("granted"))
        {
            if (item.Result == PrecheckResult.Failed)
                failed.Add(item);
        }
        return failed;
    }
}
