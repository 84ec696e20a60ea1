using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

public class ReplicaHandshakeTests
{
    private static readonly BinlogStreamOptions AtPosition = new() { ServerId = 0x01020304, Position = new("b.000002", 0x11223344) };

    [Fact]
    public void A_dump_by_position_has_offset_flags_id_and_file()
    {
        Assert.Equal(
            "12" + "44332211" + "0000" + "04030201" + "622E303030303032",
            Convert.ToHexString(ReplicaHandshake.Request(ServerFlavour.MySql, AtPosition))
        );
        Assert.Equal(
            "12" + "44332211" + "0200" + "04030201" + "622E303030303032",
            Convert.ToHexString(ReplicaHandshake.Request(ServerFlavour.MariaDb, AtPosition))
        );
    }

    [Fact]
    public void A_dump_by_GTID_has_the_set_of_transactions_that_are_had()
    {
        var options = new BinlogStreamOptions
        {
            ServerId = 1,
            MySqlGtidSet = MySqlGtidSet.Parse("4dcc3422-e690-11f1-a40f-02fc00000001:1-5:7"),
        };
        var uuid = "4DCC3422E69011F1A40F02FC00000001";
        // flags, id, no name, position 4, length of the set; one source, two intervals with exclusive ends
        Assert.Equal(
            "1E"
                + "0400"
                + "01000000"
                + "00000000"
                + "0400000000000000"
                + "40000000"
                + "0100000000000000"
                + uuid
                + "0200000000000000"
                + "01000000000000000600000000000000"
                + "07000000000000000800000000000000",
            Convert.ToHexString(ReplicaHandshake.Request(ServerFlavour.MySql, options))
        );
        // with a tag: the format in the first and the last byte of the count, and a tag for each source
        Assert.Equal(
            "0102000000000001"
                + uuid
                + "00"
                + "0100000000000000"
                + "01000000000000000300000000000000"
                + uuid
                + "0662"
                + "6C75"
                + "0100000000000000"
                + "04000000000000000500000000000000",
            Convert.ToHexString(MySqlGtidSet.Parse("4dcc3422-e690-11f1-a40f-02fc00000001:1-2:Blu:4").Encode())
        );
    }

    [Fact]
    public void Exactly_one_start_that_fits_the_server_is_asked_for()
    {
        Assert.Throws<ArgumentException>(() => ReplicaHandshake.Request(ServerFlavour.MySql, new BinlogStreamOptions { ServerId = 1 }));
        Assert.Throws<ArgumentException>(() =>
            ReplicaHandshake.Request(ServerFlavour.MySql, AtPosition with { MySqlGtidSet = MySqlGtidSet.Empty })
        );
        Assert.Throws<ArgumentException>(() =>
            ReplicaHandshake.Request(ServerFlavour.MySql, new BinlogStreamOptions { ServerId = 1, MariaDbGtidSet = MariaDbGtidSet.Empty })
        );
        Assert.Throws<ArgumentException>(() =>
            ReplicaHandshake.Request(ServerFlavour.MariaDb, new BinlogStreamOptions { ServerId = 1, MySqlGtidSet = MySqlGtidSet.Empty })
        );
        Assert.Contains(
            "4 GiB",
            Assert
                .Throws<ArgumentException>(() =>
                    ReplicaHandshake.Request(ServerFlavour.MySql, AtPosition with { Position = new("b.000001", 1UL << 33) })
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Each_server_is_told_in_its_own_words()
    {
        var mySql = ReplicaHandshake.Settings(ServerFlavour.MySql, AtPosition).ToList();
        Assert.Contains("SET @source_heartbeat_period= 5000000000", mySql);
        Assert.Contains("SET @source_binlog_checksum= @@global.binlog_checksum", mySql);
        var mariaDb = ReplicaHandshake
            .Settings(
                ServerFlavour.MariaDb,
                new BinlogStreamOptions { ServerId = 1, MariaDbGtidSet = MariaDbGtidSet.Parse("0-2-90,0-1-100") }
            )
            .ToList();
        Assert.Contains("SET @mariadb_slave_capability= 4", mariaDb);
        Assert.Contains("SET @slave_connect_state= '0-1-100'", mariaDb);
    }
}
