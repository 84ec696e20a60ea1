using FsCheck.Xunit;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

public class PositionTests
{
    [Property]
    public void A_position_is_read_as_it_was_printed(uint number, ulong offset)
    {
        var position = new BinlogPosition($"my.log-bin.{number:D6}", offset);
        Assert.Equal(position, BinlogPosition.Parse(position.ToString()));
        Assert.Equal(number, position.FileNumber);
    }

    [Property]
    public void Any_other_text_is_a_format_error(string? text)
    {
        try
        {
            var position = BinlogPosition.Parse(text ?? "");
            Assert.Equal(position, BinlogPosition.Parse(position.ToString()));
        }
        catch (FormatException) { }
    }

    [Fact]
    public void Files_are_ordered_by_their_numbers() => Assert.True(new BinlogPosition("b.999999", 5) < new BinlogPosition("b.1000000", 4));

    [Fact]
    public void A_place_behind_4_GiB_is_told_by_the_place_before_it()
    {
        var tracker = new LogPositionTracker(new BinlogPosition("b.000001", 4_294_967_200));
        Assert.Equal(4_294_967_296UL + 100, tracker.Advance(Header(length: 196, end: 100)).Offset);
        Assert.Equal(4_294_967_296UL + 300, tracker.Advance(Header(length: 200, end: 300)).Offset);
    }

    [Fact]
    public void An_event_without_a_position_moves_the_place_by_its_length() =>
        Assert.Equal(150UL, new LogPositionTracker(new BinlogPosition("b.000001", 100)).Advance(Header(length: 50, end: 0)).Offset);

    [Fact]
    public void A_heartbeat_tells_a_place_and_moves_nothing()
    {
        var tracker = new LogPositionTracker(new BinlogPosition("b.000001", 100));
        Assert.Equal(400UL, tracker.Told(Header(length: 50, end: 400)).Offset);
        Assert.Equal(100UL, tracker.Current.Offset);
    }

    private static BinlogEventHeader Header(uint length, uint end) => new(1, BinlogEventType.Xid, 1, length, end, 0);
}
