namespace Oms.MySql.Tests.Ado;

/// <summary>One table of what an error means for the work under way; OceanBase's numbers are others' errors elsewhere.</summary>
public sealed class OceanBaseErrorTests
{
    [Theory]
    [InlineData(4012, "transient, unknown")] // time-outs of all kinds, also of a COMMIT's
    [InlineData(4013, "transient")] // no memory
    [InlineData(4030, "transient")] // the tenant's memory is full
    [InlineData(4023, "transient")]
    [InlineData(4038, "transient")] // the leader is elsewhere
    [InlineData(4184, "transient")] // the disk is full
    [InlineData(4225, "transient")] // a partition has moved
    [InlineData(5627, "transient")] // the schema is not known yet
    [InlineData(6002, "transient")] // rolled back, killed
    [InlineData(6005, "transient, lock")]
    [InlineData(6235, "transient, lock")]
    [InlineData(4064, "transient, unknown, lost")]
    [InlineData(5066, "transient, unknown, lost")]
    [InlineData(8001, "transient, unknown, lost")] // starting
    [InlineData(4688, "read-only")]
    [InlineData(5081, "read-only")]
    [InlineData(4002, "")] // an argument that is wrong
    [InlineData(4016, "")] // an internal error
    public void An_error_of_OceanBase_is_judged_by_its_number(int number, string judgement)
    {
        Assert.Equal(judgement, Judge(new MySqlException(number, "HY000", "…") { Server = ServerFlavour.OceanBase }));
        Assert.Equal("", Judge(new MySqlException(number, "HY000", "…") { Server = ServerFlavour.MariaDb }));
    }

    [Theory]
    [InlineData(1205, "transient, lock")]
    [InlineData(1213, "transient, lock")]
    [InlineData(2013, "transient, unknown, lost")]
    [InlineData(1836, "read-only")]
    [InlineData(1062, "")]
    public void An_error_that_all_have_is_judged_alike(int number, string judgement)
    {
        foreach (var server in Enum.GetValues<ServerFlavour>())
            Assert.Equal(judgement, Judge(new MySqlException(number, null, "…") { Server = server }));
    }

    private static string Judge(MySqlException e) =>
        string.Join(
            ", ",
            new[]
            {
                (e.IsTransient, "transient"),
                (e.IsOutcomeUnknown, "unknown"),
                (e.IsConnectionLost, "lost"),
                (e.IsLockConflict, "lock"),
                (e.IsReadOnly, "read-only"),
            }
                .Where(j => j.Item1)
                .Select(j => j.Item2)
        );
}
