using Oms.Integration.Tests.Links;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;
using Xunit;

namespace Oms.Integration.Tests.Schema;

public sealed class SchemaMigrationTests
{
    private const string Shop = """
        CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; CREATE DATABASE old CHARACTER SET latin1;
        SET sql_mode = ''; USE shop;
        CREATE TABLE items (order_id BIGINT UNSIGNED NOT NULL, line SMALLINT NOT NULL, qty INT NOT NULL CHECK (qty > 0), PRIMARY KEY (order_id, line),
          CONSTRAINT of_order FOREIGN KEY (order_id) REFERENCES orders (id)) COMMENT = '订单行; "quoted" ''too''';
        CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, code CHAR(8) CHARACTER SET ascii NOT NULL, total DECIMAL(65,30) UNSIGNED,
          state ENUM('new','a,b','付') NOT NULL DEFAULT 'new', flags SET('x','y'), bits BIT(64), doc JSON, place POINT, name VARCHAR(40) COLLATE utf8mb4_bin DEFAULT 'it''s',
          made TIMESTAMP(6) NOT NULL DEFAULT '2001-02-03 04:05:06.000007', born DATE NOT NULL DEFAULT '0000-00-00',
          twice DECIMAL(65,30) AS (total * 2) VIRTUAL, half INT AS (CHAR_LENGTH(name)) STORED, UNIQUE KEY (code), KEY by_name (name(10) DESC), FULLTEXT KEY (name)) AUTO_INCREMENT = 777;
        CREATE TABLE parts (id INT NOT NULL, d DATE NOT NULL, UNIQUE KEY u (id, d)) PARTITION BY RANGE (YEAR(d)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE);
        CREATE TABLE log (line TEXT);
        CREATE TABLE old.things (id INT PRIMARY KEY, s VARCHAR(10)) DEFAULT CHARSET latin1;
        CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW zero AS SELECT id, name FROM orders WHERE name <> 'DEFINER=`a`@`b` ';
        CREATE VIEW able AS SELECT z.id FROM zero z JOIN items i ON i.order_id = z.id JOIN old.things t ON t.id = i.line;
        """;

    private static readonly Project s_project = new()
    {
        Name = "p",
        Source = "a",
        Destination = "b",
        Objects = ["shop.*", "old.things"],
    };

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task The_destination_gets_the_same_objects_and_a_second_run_finds_them_complete(ServerFlavourName flavour)
    {
        await using var source = await TestServer.StartAsync(flavour);
        await using var destination = await TestServer.StartAsync(flavour);
        // The source's CREATE of a child before its parent, as the engine does it, needs the check off here too.
        await source.SqlAsync("SET foreign_key_checks = 0; " + Shop);
        await using var from = await OpenAsync(source);
        await using var to = await OpenAsync(destination);

        var selection = await ObjectSelection.ResolveAsync(from, s_project);
        Assert.Equal(["shop.items", "shop.orders", "shop.parts", "old.things"], selection.Tables.Select(t => t.Name.ToString()));
        Assert.Equal(["shop.able", "shop.zero"], selection.Views.Select(v => v.ToString()));
        Assert.Equal(
            "shop.log: it has no primary key and no unique key whose columns are whole and NOT NULL",
            Assert.Single(selection.LeftOut).ToString()
        );
        var orders = selection.Tables[1];
        Assert.Equal(["twice", "half"], orders.Columns.Where(c => c.IsGenerated).Select(c => c.Name));
        Assert.Equal(["PRIMARY", "code"], orders.UniqueKeys.Select(k => k.Name));
        Assert.Equal([new TableName("shop", "orders")], selection.Tables[0].References);

        var seen = new List<SchemaObject>();
        var objects = await SchemaMigration.RunAsync(from, to, selection, seen.Add, default);
        Assert.All(
            objects,
            o => Assert.Equal(o.Name == "shop.able" ? SchemaObjectStatus.CompletedWithConversion : SchemaObjectStatus.Completed, o.Status)
        );
        Assert.Equal(8, objects.Count);
        Assert.Equal(
            [SchemaObjectStatus.Initializing, SchemaObjectStatus.DdlObtained, SchemaObjectStatus.Creating, SchemaObjectStatus.Completed],
            seen.Where(o => o.Name == "shop.orders").Select(o => o.Status)
        );
        Assert.StartsWith("CREATE TABLE `shop`.`orders`", objects.Single(o => o.Name == "shop.orders").Ddl, StringComparison.Ordinal);
        foreach (var table in selection.Tables)
            Assert.Equal(
                DdlTests.WithoutTheObvious((await ShowCreateAsync(source, table.Name))!),
                DdlTests.WithoutTheObvious((await ShowCreateAsync(destination, table.Name))!)
            );
        foreach (var database in selection.Databases)
            Assert.Equal(
                await source.SqlAsync($"SHOW CREATE DATABASE {database}"),
                await destination.SqlAsync($"SHOW CREATE DATABASE {database}")
            );
        await destination.SqlAsync("SELECT * FROM shop.able; SELECT * FROM shop.zero");
        Assert.Equal(
            "INVOKER",
            await destination.ScalarAsync("SELECT security_type FROM information_schema.views WHERE table_name = 'zero'")
        );
        Assert.Equal(4, (await TablePairs.MatchAsync(selection.Rules, selection.Tables, to, null, default)).Count);

        var again = await SchemaMigration.RunAsync(from, to, selection, default);
        Assert.All(again, o => Assert.Equal(SchemaObjectStatus.Completed, o.Status));
        var log = await destination.SqlAsync($"SHOW BINLOG EVENTS IN '{(await destination.SqlAsync("SHOW BINARY LOGS"))[^1][0]}'");
        var statements = log.Select(e => e[5]).OfType<string>().Where(s => s.Contains("CREATE ", StringComparison.Ordinal)).ToList();
        Assert.Equal(8, statements.Count);
        // The CREATE of a view is written anew into the log and the comment is lost; that of a database is logged with it as the default
        // one.
        Assert.All(
            statements.Where(s => !s.Contains(" VIEW ", StringComparison.Ordinal)),
            s => Assert.Contains("/* oms */ CREATE", s, StringComparison.Ordinal)
        );
        Assert.All(
            statements.Where(s => !s.Contains("CREATE DATABASE", StringComparison.Ordinal)),
            s => Assert.StartsWith("use `oms`; ", s, StringComparison.Ordinal)
        );
    }

    [Theory]
    [ServerData(ServerFlavourName.MariaDb1011)]
    [ServerData(ServerFlavourName.MySql97)]
    public async Task What_is_in_the_way_or_refused_is_named_and_the_rest_is_made(ServerFlavourName flavour)
    {
        await using var source = await TestServer.StartAsync(flavour);
        await using var destination = await TestServer.StartAsync(flavour);
        await source.SqlAsync(
            "CREATE DATABASE shop; USE shop; CREATE TABLE a (id INT PRIMARY KEY, n INT NOT NULL); CREATE TABLE b (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY); CREATE VIEW v AS SELECT id FROM c; CREATE VIEW w AS SELECT id FROM v"
        );
        await destination.SqlAsync("CREATE DATABASE shop; USE shop; CREATE TABLE a (id INT PRIMARY KEY, n BIGINT NOT NULL)");
        await using var from = await OpenAsync(source);
        await using var to = await OpenAsync(destination);

        var selection = await ObjectSelection.ResolveAsync(from, s_project with { Objects = ["shop.*"] });
        var mismatch = await Assert.ThrowsAsync<OmsException>(() => SchemaMigration.RunAsync(from, to, selection, default));
        Assert.Equal("SchemaMismatch", mismatch.Id);
        Assert.Contains("shop.a: column n is int", mismatch.Message, StringComparison.Ordinal);
        Assert.Equal("5", await destination.ScalarAsync("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'shop'"));

        await destination.SqlAsync("DROP TABLE shop.a; DROP VIEW shop.w; CREATE VIEW shop.w AS SELECT 1 AS id");
        mismatch = await Assert.ThrowsAsync<OmsException>(() => SchemaMigration.RunAsync(from, to, selection, default));
        Assert.Contains(
            "shop.w: the destination has a view of this name with another definition",
            mismatch.Message,
            StringComparison.Ordinal
        );

        await destination.SqlAsync("DROP DATABASE shop");
        // What only the destination refuses: a view is left out, and fails when it is named.
        var refusing = await destination.CreateUserAsync("refusing", "SELECT, CREATE ON *.*");
        await using var refused = new RowSession(destination.SessionOptions(refusing));
        await refused.OpenAsync();
        await destination.SqlAsync("DROP TABLE IF EXISTS shop.a");
        selection = await ObjectSelection.ResolveAsync(from, s_project with { Objects = ["shop.*"] });
        var objects = await SchemaMigration.RunAsync(from, refused, selection, default);
        Assert.Equal(["shop.v", "shop.w"], objects.Where(o => o.Status == SchemaObjectStatus.NotSupported).Select(o => o.Name));
        Assert.All(objects.Where(o => o.Kind == SchemaObjectKind.View), o => Assert.Contains("denied", o.Error, StringComparison.Ordinal));

        selection = await ObjectSelection.ResolveAsync(from, s_project with { Objects = ["shop.v", "shop.w", "shop.b", "shop.c"] });
        var failed = await Assert.ThrowsAsync<OmsException>(() => SchemaMigration.RunAsync(from, refused, selection, default));
        Assert.Equal("SchemaMigrationFailed", failed.Id);
        Assert.Contains("view shop.v", failed.Message, StringComparison.Ordinal);
        Assert.Contains("view shop.w", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("shop.b", failed.Message, StringComparison.Ordinal);
    }

    private static async Task<RowSession> OpenAsync(TestServer server)
    {
        // The engine's tables are there before the schema migration begins.
        await server.SqlAsync("SET sql_log_bin = 0; CREATE DATABASE IF NOT EXISTS oms");
        var connection = new RowSession(server.SessionOptions());
        await connection.OpenAsync();
        return connection;
    }

    // MySQL repeats the character set of a column whose collation was given, although the table has the same.
    private static async Task<string?> ShowCreateAsync(TestServer server, TableName name) =>
        (await server.SqlAsync($"SHOW CREATE TABLE {name.Sql}"))[0]
            [1]
            ?.Replace(" CHARACTER SET utf8mb4 COLLATE", " COLLATE", StringComparison.Ordinal);
}
