using Oms.KeyRanges;
using Oms.Verification;
using static Oms.Engine.Tests.KeyRanges.Tables;

namespace Oms.Engine.Tests.Verification;

public class RowChecksumTests
{
    [Fact]
    public void A_number_stands_alone_and_says_whether_it_is_null()
    {
        Assert.Equal(["`n`"], RowChecksum.Fields(Column("n"), Column("n")));
        Assert.Equal(["`n` IS NULL", "`n`"], RowChecksum.Fields(Column("n", nullable: true), Column("n")));
    }

    [Fact]
    public void A_floating_point_number_is_split_so_that_its_text_is_exact_on_every_server()
    {
        var fields = RowChecksum.Fields(Column("f", "float"), Column("f", "float")).ToList();
        Assert.Equal("CAST(`f` AS DOUBLE) < 0", fields[0]);
        Assert.Equal(3, fields.Count);
        Assert.Equal(1.0715086071862673e301, Math.Pow(2, 1000));
        Assert.Equal(1.4272476927059599e45, Math.Pow(2, 150));
    }

    [Fact]
    public void A_text_follows_its_length_and_a_large_one_is_hashed_for_itself()
    {
        Assert.Equal(
            ["LENGTH(`v`)", "CAST(`v` AS BINARY)"],
            RowChecksum.Fields(Column("v", "varchar", "utf8mb4", octets: 80), Column("v", "varchar", "utf8mb4", octets: 80))
        );
        Assert.Equal(
            ["IFNULL(LENGTH(`v`), 'N')", "CAST(`v` AS BINARY)"],
            RowChecksum.Fields(Column("v", "varchar", "utf8mb4", true, octets: 80), Column("v", "varchar", "utf8mb4", true, octets: 80))
        );
        Assert.Equal(
            ["LENGTH(`v`)", "SHA2(`v`, 256)"],
            RowChecksum.Fields(
                Column("v", "longtext", "utf8mb4", octets: uint.MaxValue),
                Column("v", "longtext", "utf8mb4", octets: uint.MaxValue)
            )
        );
        Assert.Equal(["LENGTH(`j`)", "SHA2(`j`, 256)"], RowChecksum.Fields(Column("j", "json"), Column("j", "json")));
    }

    [Fact]
    public void Texts_of_two_character_sets_are_compared_in_one() =>
        Assert.Equal(
            ["LENGTH(CONVERT(`v` USING utf8mb4))", "CAST(CONVERT(`v` USING utf8mb4) AS BINARY)"],
            RowChecksum.Fields(Column("v", "varchar", "latin1", octets: 20), Column("v", "varchar", "utf8mb4", octets: 80))
        );

    [Fact]
    public void Both_sides_compute_the_same_over_the_same_rows()
    {
        var checksum = new RowChecksum([
            Pair(Table(1, Column("id"), Column("g", generated: true), Column("v", "varchar", "utf8mb4", octets: 8))),
        ]);
        var range = new KeyRange(Row(1), Row(2));

        Assert.Equal(
            "SELECT COUNT(*), BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS(_binary'#', `id`, LENGTH(`v`), CAST(`v` AS BINARY)), 256), 16), 16, 10) AS UNSIGNED)) FROM `db`.`t` FORCE INDEX (`PRIMARY`) WHERE `id` > 1 AND `id` <= 2",
            RowChecksum.RangeSql(checksum.Sources[0], range)
        );
        Assert.Equal(RowChecksum.RangeSql(checksum.Sources[0], range), RowChecksum.RangeSql(checksum.Destination, range));
    }

    [Fact]
    public void Documents_whose_text_MySQL_replaces_by_its_own_are_left_out()
    {
        var id = Schema.Tables.Column("id", "int");
        var (text, json) = (
            Schema.Tables.Table(
                "d.t",
                id,
                Schema.Tables.Column("doc", "longtext", characterSet: "utf8mb4", collation: "utf8mb4_bin"),
                Schema.Tables.Column("n", "int")
            ),
            Schema.Tables.Table("d.t", id, Schema.Tables.Column("doc", "json"), Schema.Tables.Column("n", "int"))
        );
        Assert.DoesNotContain("`doc`", new RowChecksum([new(text, json)]).Destination.RowHash, StringComparison.Ordinal);
        Assert.Contains("`n`", new RowChecksum([new(text, json)]).Destination.RowHash, StringComparison.Ordinal);
        Assert.Contains("SHA2(`doc`, 256)", new RowChecksum([new(json, text)]).Destination.RowHash, StringComparison.Ordinal);
        Assert.Contains("SHA2(`doc`, 256)", new RowChecksum([new(json, json)]).Destination.RowHash, StringComparison.Ordinal);
    }
}
