using System.Buffers.Binary;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Which transactions a log has, by its GTIDs, as far as the log tells it for sure.</summary>
public sealed class GtidTrailTests
{
    private static readonly Guid s_uuid = new("3e11fa47-71ca-11e1-9e33-c80aa9429562");

    private ulong _place = 4;

    private void Add(GtidTrail trail, BinlogEventType type, ReadOnlySpan<byte> body, uint serverId = 1)
    {
        var bytes = SampleLog.Event(type, body);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(5), serverId);
        trail.Add(At(_place), BinlogEventHeader.Parse(bytes), SampleLog.Format.Body(bytes), SampleLog.Format);
        _place += (ulong)bytes.Length;
    }

    private void AddTransaction(GtidTrail trail, ulong number)
    {
        Add(trail, BinlogEventType.Gtid, MySqlBody(number));
        Add(trail, BinlogEventType.Xid, new byte[8]);
    }

    private void AddMariaDbTransaction(GtidTrail trail, uint domain, ulong sequence, uint serverId = 1)
    {
        var body = new byte[13];
        BinaryPrimitives.WriteUInt64LittleEndian(body, sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), domain);
        Add(trail, BinlogEventType.MariaDbGtid, body, serverId);
        Add(trail, BinlogEventType.Xid, new byte[8]);
    }

    internal static byte[] MySqlBody(ulong number)
    {
        var body = new byte[25];
        s_uuid.TryWriteBytes(body.AsSpan(1), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(17), number);
        return body;
    }

    private static BinlogPosition At(ulong offset) => new("binlog.000001", offset);

    private static GtidTrail MySql() => new(ExecutedGtids.None(isMariaDb: false));

    private static GtidTrail MariaDb() => new(ExecutedGtids.None(isMariaDb: true));

    [Fact]
    public void What_stands_before_a_file_counts_and_what_ends_amid_a_transaction_does_not()
    {
        var trail = MySql();
        Add(trail, BinlogEventType.PreviousGtids, MySqlGtidSet.Parse($"{s_uuid}:1-5").Encode());
        AddTransaction(trail, 6);
        AddTransaction(trail, 8);
        var end = _place;
        Add(trail, BinlogEventType.Gtid, MySqlBody(7));

        Assert.Equal($"{s_uuid}:1-6:8", trail.Executed.MySql!.ToString());
        Assert.Equal(At(end), trail.End);
        Assert.Equal(8UL, Assert.Single(trail.Newest).Gtid.MySql!.Value.Number);
        Assert.Null(trail.Trouble);
    }

    [Fact]
    public void A_transaction_that_a_crash_of_the_server_cut_off_was_none()
    {
        var trail = MySql();
        Add(trail, BinlogEventType.Gtid, MySqlBody(1));
        Add(trail, BinlogEventType.FormatDescription, new byte[100]);
        AddTransaction(trail, 2);

        Assert.Equal($"{s_uuid}:2", trail.Executed.MySql!.ToString());
    }

    [Fact]
    public void A_transaction_without_a_gtid_is_trouble()
    {
        var trail = MySql();
        Add(trail, BinlogEventType.AnonymousGtid, MySqlBody(0));
        Add(trail, BinlogEventType.Xid, new byte[8]);

        Assert.Contains("has no GTID", trail.Trouble);
    }

    [Fact]
    public void In_each_of_MariaDB_s_domains_the_last_number_stands_for_those_before_it()
    {
        var trail = MariaDb();
        Add(trail, BinlogEventType.MariaDbGtidList, MariaDbGtidSet.Parse("0-1-5,1-2-9").Encode());
        AddMariaDbTransaction(trail, 0, 6, serverId: 2);
        AddMariaDbTransaction(trail, 0, 7);
        AddMariaDbTransaction(trail, 2, 1);

        Assert.Null(trail.Trouble);
        Assert.Equal("0-1-7,1-2-9,2-1-1", trail.Executed.MariaDb!.Position.ToString());
        Assert.Equal(["0-1-7", "2-1-1"], trail.Newest.Select(n => n.Gtid.ToString()).Order());
        Assert.Equal(["", "0-2-6"], trail.Newest.Select(n => n.Before?.ToString() ?? "").Order());

        AddMariaDbTransaction(trail, 0, 7, serverId: 3);
        Assert.Contains("comes behind a later one", trail.Trouble);
    }

    [Theory]
    [InlineData("mysql 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7")]
    [InlineData("mysql ")]
    [InlineData("mariadb 0-1-100,1-2-7")]
    [InlineData("mariadb ")]
    public void A_set_is_read_as_it_was_written(string text) => Assert.Equal(text, ExecutedGtids.Parse(text).ToString());

    [Fact]
    public void Sets_of_two_flavours_have_nothing_in_common()
    {
        var (mySql, mariaDb) = (ExecutedGtids.Parse($"mysql {s_uuid}:1-5"), ExecutedGtids.Parse("mariadb 0-1-5"));

        Assert.False(mySql.Contains(mariaDb));
        Assert.False(mariaDb.Contains(mySql));
        Assert.Throws<ArgumentException>(() => mySql.Union(mariaDb));
        Assert.Equal($"{s_uuid}:3-5", mySql.Missing(ExecutedGtids.Parse($"mysql {s_uuid}:1-2")));
    }
}
