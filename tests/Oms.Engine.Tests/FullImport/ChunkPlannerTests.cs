using Oms.FullImport;
using static Oms.Engine.Tests.KeyRanges.Tables;

namespace Oms.Engine.Tests.FullImport;

public class ChunkPlannerTests
{
    private static readonly TableCopy Table = new(Pair(Table(1, Column("id"))));

    [Fact]
    public void A_resume_goes_on_behind_the_last_chunk_of_each_range_that_is_not_complete()
    {
        ImportLog.RangeState[] known =
        [
            new(0, Row(10), 3, Row(10), IsComplete: true),
            new(1, Row(20), 2, Row(14), IsComplete: false),
            new(2, Row(30), 0, null, IsComplete: false),
            new(3, null, 5, Row(99), IsComplete: false),
        ];

        var left = ChunkPlanner.Unfinished(Table, known).ToList();

        Assert.Equal([(1, 3), (2, 1), (3, 6)], left.Select(r => (r.Number, r.NextChunk)));
        Assert.All(left, r => Assert.True(r.IsPlanned));
        Assert.Equal([Row(14), Row(20), Row(99)], left.Select(r => r.Rows.After!));
        Assert.Equal([Row(20), Row(30), null], left.Select(r => r.Rows.UpTo));
    }

    [Fact]
    public void A_record_with_a_hole_is_not_trusted()
    {
        var error = Assert.Throws<OmsException>(() =>
            ChunkPlanner.Unfinished(Table, [new(0, Row(10), 0, null, false), new(2, null, 0, null, false)]).ToList()
        );
        Assert.Equal("ImportRecordBroken", error.Id);
    }
}
