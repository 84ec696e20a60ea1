using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Logs that servers wrote decode to the rows that the servers held (see <c>Recorded/README.md</c>).</summary>
public class RecordedLogTests
{
    private static readonly string s_directory = Path.Combine(AppContext.BaseDirectory, "Recorded", "logs");

    [Theory]
    [InlineData("mysql-compressed", BinlogEventType.TransactionPayload)]
    [InlineData("mysql-partial-json", BinlogEventType.PartialUpdateRows)]
    [InlineData("mysql-compressed-partial-json", BinlogEventType.PartialUpdateRows)]
    [InlineData("mysql-tagged-gtids", BinlogEventType.GtidTagged)]
    [InlineData("mysql-xa", BinlogEventType.XaPrepare)]
    [InlineData("mysql-ddl", BinlogEventType.RowsQuery)]
    [InlineData("mysql-anonymous", BinlogEventType.AnonymousGtid)]
    [InlineData("mariadb-compressed", BinlogEventType.MariaDbWriteRowsCompressedV1)]
    [InlineData("mariadb-xa", BinlogEventType.XaPrepare)]
    [InlineData("mariadb-ddl", BinlogEventType.MariaDbGtid)]
    [InlineData("mariadb118-full-metadata", BinlogEventType.MariaDbGtid)]
    public void A_recorded_log_decodes_to_the_state_of_its_server(string name, BinlogEventType shows) =>
        Assert.Contains(shows, RecordedLog.Check(s_directory, name).Seen);
}
