using System.IO.Compression;
using System.Text;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Bodies are written field by field after the pages that the parsers name.</summary>
public class EventTests
{
    [Theory]
    [InlineData("9.7.4", 1, true)]
    [InlineData("5.7.38", 0, false)]
    [InlineData("10.11.6-MariaDB-log", 1, true)]
    [InlineData("10.11.6-MariaDB-log", 255, false)]
    public void A_format_tells_the_server_and_whether_events_have_a_checksum(string version, byte algorithm, bool hasChecksum)
    {
        var format = FormatDescription.Parse(SampleLog.FormatDescriptionEvent(version, algorithm));
        Assert.Equal(version, format.ServerVersion);
        Assert.Equal(hasChecksum, format.HasChecksum);
        Assert.Equal(version.Contains("MariaDB", StringComparison.Ordinal), format.IsMariaDb);
    }

    [Fact]
    public void A_format_of_another_version_or_checksum_is_refused()
    {
        Assert.Contains(
            "algorithm 2",
            Assert.Throws<BinlogFormatException>(() => FormatDescription.Parse(SampleLog.FormatDescriptionEvent("9.7.4", 2))).Message,
            StringComparison.Ordinal
        );
        var old = SampleLog.FormatDescriptionEvent("5.0.1", 0);
        old[BinlogEventHeader.Size] = 3;
        Assert.Contains(
            "format 3",
            Assert.Throws<BinlogFormatException>(() => FormatDescription.Parse(old)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<BinlogFormatException>(() => FormatDescription.Parse(SampleLog.FormatDescriptionEvent("banana", 1)));
    }

    [Fact]
    public void A_checksum_holds_for_every_bit_and_for_a_format_whose_file_is_in_use()
    {
        SampleLog.Format.VerifyChecksum(SampleLog.MySqlWriteRows);
        var damaged = SampleLog.MySqlWriteRows.ToArray();
        damaged[50] ^= 4;
        Assert.Throws<BinlogFormatException>(() => SampleLog.Format.VerifyChecksum(damaged));

        var inUse = SampleLog.FormatDescriptionEvent("9.7.4", 1);
        inUse[17] |= 1;
        SampleLog.Format.VerifyChecksum(inUse);
    }

    [Fact]
    public void A_rotation_names_the_next_place()
    {
        byte[] body = [4, 0, 0, 0, 0, 0, 0, 0, .. "binlog.000007"u8];
        Assert.Equal(new BinlogPosition("binlog.000007", 4), RotateEvent.Parse(body).Next);
        Assert.Throws<BinlogFormatException>(() => RotateEvent.Parse(body.AsSpan(..8)));
        Assert.Throws<BinlogFormatException>(() => RotateEvent.Parse(body.AsSpan(..3)));
    }

    // thread 9, 2 seconds, database of 2 bytes, error 1062, 3 bytes of status variables, the database and a zero byte, then the statement
    private static readonly byte[] QueryHead = [9, 0, 0, 0, 2, 0, 0, 0, 2, 0x26, 0x04, 3, 0, 0xAA, 0xBB, 0xCC, (byte)'d', (byte)'b', 0];

    [Fact]
    public void A_query_has_its_connection_database_and_statement()
    {
        byte[] body = [.. QueryHead, .. "CREATE TABLE t (é int)"u8];
        var query = QueryEvent.Parse(body, BinlogEventType.Query, SampleLog.Format);
        Assert.Equal((9u, (ushort)1062, "db", "CREATE TABLE t (é int)"), (query.ThreadId, query.ErrorCode, query.Database, query.Text));
    }

    [Fact]
    public void MariaDBs_compressed_query_is_inflated()
    {
        var sql = "INSERT INTO t VALUES " + new string('x', 500);
        byte[] body = [.. QueryHead, 0x82, 0x02, 0x09, .. ZLib(Encoding.UTF8.GetBytes(sql))]; // 2 bytes of length, 521
        Assert.Equal(sql, QueryEvent.Parse(body, BinlogEventType.MariaDbQueryCompressed, SampleLog.Format).Text);
        body[QueryHead.Length] = 0x92;
        Assert.Contains(
            "log_bin_compress=OFF",
            Assert
                .Throws<BinlogFormatException>(() => QueryEvent.Parse(body, BinlogEventType.MariaDbQueryCompressed, SampleLog.Format))
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_GTID_of_MySQL_80_has_both_commit_times()
    {
        // flags; uuid; number 5; clock 2, last committed, sequence; immediate time 0x0102030405060 with bit 55; original time
        byte[] uuid = [0x4D, 0xCC, 0x34, 0x22, 0xE6, 0x90, 0x11, 0xF1, 0xA4, 0x0F, 0x02, 0xFC, 0, 0, 0, 1];
        byte[] head = [1, .. uuid, 5, 0, 0, 0, 0, 0, 0, 0];
        byte[] body = [.. head, 2, .. new byte[16], 0x60, 0x50, 0x40, 0x30, 0x20, 0x10, 0x80, 1, 0, 0, 0, 0, 0, 0];
        Assert.Equal(
            new GtidEvent("4dcc3422-e690-11f1-a40f-02fc00000001:5", 1, 0x102030405060),
            GtidEvent.Parse(body, BinlogEventType.Gtid)
        );
        Assert.Equal(new GtidEvent(null, 1, 0x102030405060), GtidEvent.Parse(body, BinlogEventType.AnonymousGtid));
        Assert.Equal(new GtidEvent("4dcc3422-e690-11f1-a40f-02fc00000001:5", 0, 0), GtidEvent.Parse(head, BinlogEventType.Gtid));
    }

    [Fact]
    public void A_GTID_of_MariaDB_tells_whether_a_single_statement_follows()
    {
        byte[] body = [4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x0C, 0, 0, 0];
        Assert.Equal(new MariaDbGtidEvent(1, 7, 4, false, null, null), MariaDbGtidEvent.Parse(body, 7));
        body[12] |= 1;
        Assert.True(MariaDbGtidEvent.Parse(body, 7).IsStandalone);
        Assert.Equal("1-7-4", MariaDbGtidEvent.Parse(body, 7).Gtid);
    }

    [Fact]
    public void A_GTID_of_MariaDB_names_the_XA_transaction_that_it_prepares_or_completes()
    {
        // Sequence, domain, flags (prepared, in a group), number of the group, format, lengths, global id, branch.
        byte[] body = [4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x42, .. new byte[8], 7, 0, 0, 0, 2, 1, 0xAB, 0xCD, (byte)'b'];
        Assert.Equal(new XaId("X'abcd',X'62',7"), MariaDbGtidEvent.Parse(body, 7).PreparedXa);
        body[12] = 0x82;
        Assert.Equal(
            (null, new XaId("X'abcd',X'62',7")),
            (MariaDbGtidEvent.Parse(body, 7).PreparedXa, MariaDbGtidEvent.Parse(body, 7).CompletedXa)
        );
    }

    [Fact]
    public void An_XA_prepare_names_its_transaction_and_tells_whether_it_commits_at_once()
    {
        byte[] body = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'x'];
        Assert.Equal(new XaPrepareEvent(new XaId("X'78',X'',1"), false), XaPrepareEvent.Parse(body));
        body[0] = 1;
        Assert.True(XaPrepareEvent.Parse(body).IsOnePhase);
        body[5] = 65;
        Assert.Throws<BinlogFormatException>(() => XaPrepareEvent.Parse(body));
    }

    [Theory]
    [InlineData("XA COMMIT X'78',X'',1", "COMMIT", "X'78',X'',1")]
    [InlineData("XA ROLLBACK X'00FF',X'62',7 ", "ROLLBACK", "X'00ff',X'62',7")]
    [InlineData("XA COMMIT X'78',X'',1", "ROLLBACK", null)]
    [InlineData("XA COMMIT 'text'", "COMMIT", null)]
    [InlineData("XA COMMIT X'7',X'',1", "COMMIT", null)]
    [InlineData("COMMIT", "COMMIT", null)]
    public void An_XA_statement_of_the_log_names_its_transaction(string statement, string verb, string? expected) =>
        Assert.Equal(expected, XaId.TryParseStatement(statement, verb, out var id) ? id.Text : null);

    [Fact]
    public void A_table_map_has_the_names_that_the_server_logs()
    {
        var map = TableMap.Parse(SampleLog.Format.Body(SampleLog.MySqlTableMap).Span, SampleLog.Format);
        Assert.Equal((109ul, "t", "a", 18), (map.TableId, map.Database, map.Table, map.ColumnCount));
        Assert.Equal(SampleLog.MySqlShapes.Select(s => s.Name), map.Metadata.ColumnNames);
        Assert.Equal([(0, 0)], map.Metadata.PrimaryKey);
        Assert.Equal(["a"u8.ToArray(), "b"u8.ToArray()], map.Metadata.Members![4]);
        Assert.Equal((true, false), (map.Metadata.IsVisible(0), map.Metadata.IsVisible(3)));
        Assert.Equal(3u, map.Metadata.VectorDimensions![16]);
        Assert.Equal((true, false, null), (map.Metadata.IsUnsigned(9), map.Metadata.IsUnsigned(0), map.Metadata.IsUnsigned(4)));
        Assert.Equal((false, true), (map.IsNullable(0), map.IsNullable(1)));
        var bare = SampleLog.Map([(byte)ColumnTypeCode.Long], []).Metadata;
        Assert.Equal((null, null, null), (bare.ColumnNames, bare.Collations, bare.IsUnsigned(0)));
    }

    [Theory]
    [InlineData("enum('a','b')", true)]
    [InlineData("enum('a','ä')", true)]
    [InlineData("enum('a','it''s')", false)]
    [InlineData("enum('b','a')", false)]
    [InlineData("enum('a','b','c')", false)]
    [InlineData("enum('a')", false)]
    public void An_ENUM_whose_members_are_not_those_of_the_log_is_refused(string columnType, bool isAccepted)
    {
        var map = TableMap.Parse(SampleLog.Format.Body(SampleLog.MySqlTableMap).Span, SampleLog.Format);
        ColumnShape[] shapes = [.. SampleLog.MySqlShapes.Select(s => s.Name == "e" ? s with { ColumnType = columnType } : s)];
        var error = Record.Exception(() => new RowDecoder(map, shapes));
        if (isAccepted)
            Assert.Null(error);
        else
            Assert.Contains("has other members in the log", Assert.IsType<BinlogFormatException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_type_that_is_not_known_is_refused_at_the_table_map()
    {
        var error = Assert.Throws<BinlogFormatException>(() => SampleLog.Map([3, 200], []));
        Assert.Contains("Column 2 of table `db`.`t` has type code 200", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rows_event_of_version_1_has_no_extra_data_and_an_update_two_sets_of_columns()
    {
        byte[] body = [1, 0, 0, 0, 0, 0, 1, 0, 3, 0x07, 0x05, 0xAB];
        var rows = RowsEvent.Parse(body, BinlogEventType.UpdateRowsV1, SampleLog.Format);
        Assert.Equal(
            (1ul, RowsKind.Update, true, 3, false),
            (rows.TableId, rows.Kind, rows.IsStatementEnd, rows.ColumnCount, rows.HasAllColumns)
        );
        Assert.Null(rows.Columns);
        Assert.Equal([0xAB], rows.Rows.ToArray());
        body[10] = 0xFF;
        Assert.True(RowsEvent.Parse(body, BinlogEventType.UpdateRowsV1, SampleLog.Format).HasAllColumns);
        body[9] = body[10] = 0x05;
        rows = RowsEvent.Parse(body, BinlogEventType.UpdateRowsV1, SampleLog.Format);
        Assert.False(rows.HasAllColumns);
        Assert.Equal([0x05], rows.Columns!.Value.ToArray());
    }

    [Fact]
    public void MariaDBs_compressed_rows_are_inflated()
    {
        var image = new byte[300];
        byte[] body = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0x01, 0x82, 0x01, 0x2C, .. ZLib(image)];
        Assert.Equal(image, RowsEvent.Parse(body, BinlogEventType.MariaDbWriteRowsCompressedV1, SampleLog.Format).Rows.ToArray());
        body[12] = 0x2D;
        Assert.Throws<BinlogFormatException>(() => RowsEvent.Parse(body, BinlogEventType.MariaDbWriteRowsCompressedV1, SampleLog.Format));
    }

    [Theory]
    [InlineData(BinlogEventType.Query, 0, EventKind.Statement, null)]
    [InlineData(BinlogEventType.MariaDbQueryCompressed, 0, EventKind.Statement, null)]
    [InlineData(BinlogEventType.MariaDbWriteRowsCompressedV1, 0, EventKind.Rows, null)]
    [InlineData(BinlogEventType.PreviousGtids, 0, EventKind.GtidsBefore, null)]
    [InlineData((BinlogEventType)99, BinlogEventHeader.IgnorableFlag, EventKind.Unknown, null)]
    [InlineData((BinlogEventType)99, 0, EventKind.Unknown, "not known")]
    [InlineData(BinlogEventType.TransactionPayload, 0, EventKind.Payload, null)]
    [InlineData(BinlogEventType.PartialUpdateRows, 0, EventKind.Rows, null)]
    [InlineData(BinlogEventType.Incident, BinlogEventHeader.IgnorableFlag, EventKind.Refused, "lost events of its log (\"lost\")")]
    [InlineData(BinlogEventType.MariaDbStartEncryption, 0, EventKind.Ignored, null)]
    [InlineData(BinlogEventType.WriteRowsV0, 0, EventKind.Refused, "5.1.16")]
    [InlineData(BinlogEventType.StartV3, 0, EventKind.Refused, "before 5.0")]
    [InlineData((BinlogEventType)100, BinlogEventHeader.IgnorableFlag, EventKind.Unknown, null)] // Aurora's padding
    [InlineData(BinlogEventType.ExecuteLoadQuery, 0, EventKind.Refused, "LOAD DATA")]
    public void Every_type_is_known_ignorable_or_refused_with_the_remedy(
        BinlogEventType type,
        ushort flags,
        EventKind expected,
        string? reason
    )
    {
        Assert.Equal(expected, EventKinds.Of(type));
        var refusal = EventKinds.RefusalOf(new BinlogEventHeader(0, type, 1, 19, 0, flags), [7, 0, 4, .. "lost"u8]);
        if (reason is null)
        {
            Assert.Null(refusal);
            return;
        }
        Assert.Contains(reason, refusal!.Reason, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Remedy);
    }

    [Fact]
    public void Every_type_that_has_a_name_has_its_place_in_the_table() =>
        Assert.Equal([BinlogEventType.Unknown], Enum.GetValues<BinlogEventType>().Where(t => EventKinds.Of(t) == EventKind.Unknown));

    [Theory]
    [InlineData("")]
    [InlineData("0700")]
    [InlineData("070000")]
    [InlineData("0700046C6F73")]
    public void An_incident_without_a_readable_message_has_none(string body) =>
        Assert.Equal(
            "the source lost events of its log",
            EventKinds.RefusalOf(new BinlogEventHeader(0, BinlogEventType.Incident, 1, 19, 0, 0), Convert.FromHexString(body))!.Reason
        );

    private static byte[] ZLib(byte[] data)
    {
        using var target = new MemoryStream();
        using (var stream = new ZLibStream(target, CompressionLevel.Optimal))
            stream.Write(data);
        return target.ToArray();
    }
}
