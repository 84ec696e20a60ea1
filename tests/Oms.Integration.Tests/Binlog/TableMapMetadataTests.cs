using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>What TABLE_MAP events say of columns is what information_schema says of them.</summary>
public class TableMapMetadataTests
{
    private const string Columns = """
        id INT PRIMARY KEY, u BIGINT UNSIGNED, a VARCHAR(10) CHARACTER SET latin1, b TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, e ENUM('x','y') CHARACTER SET latin1, g POINT, c CHAR(3) CHARACTER SET ascii,
        v VARBINARY(5), s SET('p','q') CHARACTER SET utf8mb4, l LONGBLOB, j JSON, d DECIMAL(10,2) UNSIGNED, n VARCHAR(100) CHARACTER SET utf16, g2 GEOMETRY, e2 ENUM('m') CHARACTER SET ascii
        """;

    // MySQL counts its vectors among the texts, too: what stands behind one shows it.
    private const string Last = "last VARCHAR(4) CHARACTER SET latin1";

    [Theory]
    [ServerData(ServerFlavourName.MySql97, "--binlog-row-metadata=FULL")]
    [ServerData(ServerFlavourName.MySql97, "--binlog-row-metadata=MINIMAL")]
    [ServerData(ServerFlavourName.MariaDb1011, "--binlog-row-metadata=FULL")]
    [ServerData(ServerFlavourName.MariaDb1011, "--binlog-row-metadata=MINIMAL")]
    [ServerData(ServerFlavourName.MariaDb118, "--binlog-row-metadata=FULL")]
    public async Task Signs_collations_names_members_and_keys_are_those_of_the_schema(ServerFlavourName flavour, params string[] options)
    {
        await using var server = await TestServer.StartAsync(flavour, options);
        await server.SqlAsync(
            $"CREATE DATABASE d CHARACTER SET utf8mb4; CREATE TABLE d.t ({Columns}, {(server.IsMariaDb ? "" : "vec VECTOR(3), ")}{Last})"
        );
        await using var session = await RawSession.OpenAsync(server, "d");
        var shapes = await session.ShapesAsync("d", "t");
        var collations = (
            await session.StringsAsync(
                server.IsMariaDb
                    ? "SELECT FULL_COLLATION_NAME, ID FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
                    : "SELECT COLLATION_NAME, ID FROM information_schema.COLLATIONS"
            )
        ).ToDictionary(r => r[0]!, r => uint.Parse(r[1]!, System.Globalization.CultureInfo.InvariantCulture));
        var begin = await session.LogEndAsync();
        await session.ExecuteAsync("INSERT INTO t (id) VALUES (1)");
        var map = await ReadMapAsync(server, begin);

        for (var i = 0; i < shapes.Count; i++)
        {
            var shape = shapes[i];
            if (map.Metadata.IsUnsigned(i) is { } isUnsigned)
                Assert.Equal((shape.Name, shape.IsUnsigned), (shape.Name, isUnsigned));
            if (map.Metadata.Collations?[i] is { } collation && !shape.IsGeometry)
                Assert.Equal((shape.Name, shape.Collation is null ? 63u : collations[shape.Collation]), (shape.Name, collation));
        }
        Assert.NotNull(map.Metadata.Collations);
        if (options[0].EndsWith("MINIMAL", StringComparison.Ordinal))
            return;
        Assert.Equal(shapes.Select(s => s.Name), map.Metadata.ColumnNames);
        Assert.Equal([(0, 0)], map.Metadata.PrimaryKey);
        Assert.Equal(["x"u8.ToArray(), "y"u8.ToArray()], map.Metadata.Members![4]);
        Assert.Equal(["p"u8.ToArray(), "q"u8.ToArray()], map.Metadata.Members![8]);
        Assert.Equal((1u, 0u), (map.Metadata.GeometryTypes![5], map.Metadata.GeometryTypes![13]));
    }

    private static async Task<TableMap> ReadMapAsync(TestServer server, BinlogPosition begin)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var stream = await BinlogStream.OpenAsync(
            server.SessionOptions(),
            new BinlogStreamOptions { ServerId = 77_003, Position = begin },
            limit.Token
        );
        while (true)
        {
            var received = await stream.ReadAsync(limit.Token);
            if (received.Header.Type == BinlogEventType.TableMap)
                return TableMap.Parse(stream.Format.Body(received.Bytes).Span, stream.Format);
        }
    }
}
