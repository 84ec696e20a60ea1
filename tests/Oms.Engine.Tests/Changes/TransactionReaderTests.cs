using Oms.Changes;
using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Engine.Tests.Changes;

/// <summary>What a reader makes of each kind of event in each state.</summary>
public sealed class TransactionReaderTests : IDisposable
{
    private MadeLog _log = new();

    public void Dispose() => _log.Dispose();

    private void With(ReaderOptions options)
    {
        _log.Dispose();
        _log = new MadeLog(options);
    }

    private ChangeBatch Fill(out bool isFull)
    {
        var batch = new ChangeBatch();
        isFull = _log.Reader.Fill(batch);
        return batch;
    }

    private ChangeBatch Fill() => Fill(out _);

    /// <summary>The ids of the rows.</summary>
    private static string[] Ids(ChangeBatch batch) =>
        [
            .. batch.Changes.Select(c =>
            {
                TextRow.TryGet(batch.Row(c.Kind == RowsKind.Delete ? c.Before : c.After), 0, out var id);
                return System.Text.Encoding.ASCII.GetString(id);
            }),
        ];

    private void AssertRefused(string what)
    {
        var error = Assert.Throws<OmsException>(() => Fill());
        Assert.Equal(("ChangeNotSupported", OmsErrorKind.Unsupported), (error.Id, error.Kind));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public void A_transaction_is_counted_where_it_ends()
    {
        _log.Gtid().Map().Insert(1).Pause();
        var batch = new ChangeBatch();
        Assert.False(_log.Reader.Fill(batch));
        Assert.True(_log.Reader.IsInTransaction);
        Assert.Equal((0, 0, MadeLog.Start.File), (batch.Transactions, batch.Skipped, batch.End.File));
        Assert.True(batch.End < _log.Reader.Position);

        _log.Delete(1).Xid();
        Assert.False(_log.Reader.Fill(batch));

        Assert.False(_log.Reader.IsInTransaction);
        Assert.Equal((1, _log.End, MadeLog.Time), (batch.Transactions, batch.End, batch.CommitTime));
        Assert.Equal([RowsKind.Insert, RowsKind.Delete], batch.Changes.Select(c => c.Kind));
    }

    [Theory]
    [InlineData("BEGIN", "COMMIT")]
    [InlineData("BEGIN", "ROLLBACK")]
    public void A_transaction_without_rows_for_the_link_is_skipped(string begin, string end)
    {
        _log.Query(begin).MapOther().OtherRow().Query(end);
        var batch = Fill();
        Assert.Equal((0, 1, 0), (batch.Transactions, batch.Skipped, batch.Changes.Count));
        Assert.Null(batch.CommitTime);
        Assert.False(_log.Reader.IsInTransaction);
    }

    [Fact]
    public void A_BEGIN_in_a_transaction_begins_no_other()
    {
        _log.Gtid().Query("BEGIN").Map().Insert(1).Query("SAVEPOINT s").Query("BEGIN").Insert(2).Query("COMMIT");
        Assert.Equal((1, 2), (Fill() is var batch ? batch.Transactions : 0, batch.Changes.Count));
    }

    [Fact]
    public void Rows_that_were_rolled_back_are_refused_since_a_table_without_transactions_has_kept_them()
    {
        _log.Gtid().Map().Insert(1).Query("ROLLBACK");
        AssertRefused("rolled-back transaction");
    }

    [Fact]
    public void An_end_without_a_transaction_counts_nothing()
    {
        _log.Transaction(1).Xid().Query("ROLLBACK").Query("COMMIT");
        var batch = Fill();
        Assert.Equal((1, 0), (batch.Transactions, batch.Skipped));
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1)", "elsewhere", true)]
    [InlineData("CALL x()", "d", true)]
    [InlineData("CALL x()", "elsewhere", false)]
    public void A_change_logged_as_a_statement_is_refused_where_it_may_be_of_a_followed_table(string sql, string database, bool isRefused)
    {
        _log.Gtid().Query(sql, database).Xid();
        if (isRefused)
            AssertRefused($"a change logged as a statement: {sql}");
        else
            Assert.Equal(1, Fill().Skipped);
    }

    [Fact]
    public void A_statement_of_another_link_that_is_left_out_is_passed_over()
    {
        _log.Gtid().Mark("east").Query("INSERT INTO t VALUES (1)", "d").Xid();
        Assert.Equal(1, Fill().Skipped);
    }

    [Fact]
    public void Rows_of_a_table_that_nothing_has_named_are_refused()
    {
        _log.Gtid().Insert(1).Xid();
        AssertRefused("rows of a table (id 7) that nothing has named");
    }

    [Fact]
    public void The_tables_numbers_are_others_after_a_restart_of_the_server_and_behind_DDL()
    {
        _log.Transaction(1).NewFile().Gtid().Insert(2).Xid();
        AssertRefused("that nothing has named");
        With(MadeLog.Options);
        _log.Transaction(1).Gtid(flags: 1).Query("CREATE TABLE x (a INT)").Gtid().Insert(2).Xid();
        AssertRefused("that nothing has named");
    }

    [Fact]
    public void A_table_keeps_its_number_until_then()
    {
        _log.Transaction(1).Gtid().Insert(2).Xid();
        Assert.Equal(["1", "2"], Ids(Fill()));
    }

    [Fact]
    public void Rows_outside_of_a_transaction_are_refused()
    {
        _log.Transaction(1).Insert(2).Pause();
        AssertRefused("rows of d.t outside of a transaction");
    }

    [Fact]
    public void Rows_outside_of_a_transaction_are_refused_behind_one_that_was_left_out_too()
    {
        _log.Gtid().Mark("east").Xid().Map().Insert(2).Pause();
        AssertRefused("rows of d.t outside of a transaction");
    }

    [Fact]
    public void Row_images_that_lack_a_column_are_refused()
    {
        _log.Gtid().Map().InsertPartly(1).Xid();
        AssertRefused("row images of d.t that don't hold every column");
    }

    [Theory]
    [InlineData(BinlogEventType.Incident, "lost events")]
    [InlineData(BinlogEventType.ExecuteLoadQuery, "LOAD DATA")]
    [InlineData((BinlogEventType)99, "type is not known")]
    public void An_event_that_must_not_be_passed_over_is_refused(BinlogEventType type, string reason)
    {
        _log.Transaction(1).Add(type, 1, 2, 3);
        AssertRefused(reason);
    }

    [Theory]
    [InlineData(BinlogEventType.MariaDbAnnotateRows)]
    [InlineData(BinlogEventType.IntVar)]
    [InlineData(BinlogEventType.MariaDbGtidList)]
    [InlineData(BinlogEventType.Stop)]
    public void An_event_that_changes_nothing_is_passed_over(BinlogEventType type)
    {
        _log.Add(type, 0, 0, 0, 0).Gtid().Add(type, 0, 0, 0, 0).Map().Insert(1).Xid();
        Assert.Equal(1, Fill().Transactions);
    }

    [Fact]
    public void DDL_commits_by_itself_and_is_skipped_where_nobody_follows_it()
    {
        _log.Gtid(flags: 1).Query("CREATE TABLE x (a INT)");
        var batch = Fill();
        Assert.Equal((0, 1), (batch.Transactions, batch.Skipped));
        Assert.False(_log.Reader.IsInTransaction);
    }

    [Fact]
    public void The_rows_of_a_CREATE_TABLE_SELECT_belong_to_its_transaction()
    {
        _log.Gtid().Query("CREATE TABLE x (a INT)").Map().Insert(1).Xid();
        var batch = Fill();
        Assert.Equal((1, 0), (batch.Transactions, batch.Skipped));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_transaction_that_was_lost_in_a_crash_of_the_server_leaves_nothing(bool isNewFile)
    {
        _log.Transaction(1).Gtid().Map().Insert(2).Pause();
        var batch = new ChangeBatch();
        _log.Reader.Fill(batch);
        if (isNewFile)
            _log.NewFile();
        _log.Transaction(3);
        _log.Reader.Fill(batch);

        Assert.Equal(["1", "3"], Ids(batch));
        Assert.Equal((2, 0), (batch.Transactions, batch.Skipped));
    }

    [Fact]
    public void One_that_was_lost_after_its_first_part_was_handed_over_is_refused()
    {
        With(MadeLog.Options with { MaxBytes = 1 });
        _log.Gtid().Map().Insert(1).Pause();
        Assert.True(Fill().EndsInTransaction);
        _log.NewFile();
        AssertRefused("lost in a crash of the server, after its first part was read");
    }

    [Fact]
    public void The_parts_of_a_large_transaction_are_counted_with_its_last_and_keep_its_origin()
    {
        With(MadeLog.Options with { MaxBytes = 1 });
        _log.Gtid().Mark("west").Map().Insert(1).Insert(2).Xid();
        var (first, second) = (Fill(), Fill());
        Assert.Equal((true, 0, "west"), (first.EndsInTransaction, first.Transactions, first.Origin));
        Assert.Equal((true, 0, "west"), (second.EndsInTransaction, second.Transactions, second.Origin));
        var last = Fill();
        Assert.Equal((false, 1, "west"), (last.EndsInTransaction, last.Transactions, last.Origin));
    }

    [Fact]
    public void Another_links_transaction_is_left_out_unless_its_origin_is_carried_on()
    {
        _log.Gtid().Mark("east").Map().Insert(1).Xid();
        _log.Gtid().Mark("west").Map().Insert(2).Xid();
        var batch = Fill();
        Assert.Equal(["2"], Ids(batch));
        Assert.Equal((1, 1, "west"), (batch.Transactions, batch.Skipped, batch.Origin));
    }

    [Fact]
    public void A_batch_holds_transactions_of_one_origin()
    {
        _log.Transaction(1);
        _log.Gtid().Mark("west").Map().Insert(2).Xid();
        _log.Transaction(3);
        List<(string?, string)> batches = [];
        for (var more = true; more; )
        {
            var batch = Fill(out more);
            batches.Add((batch.Origin, string.Join(",", Ids(batch))));
        }
        Assert.Equal([(null, "1"), ("west", "2"), (null, "3")], batches);
    }

    [Fact]
    public void A_mark_that_does_not_come_first_marks_nothing()
    {
        _log.Gtid().Map().Insert(1).Mark("east").Map().Insert(2).Xid();
        Assert.Equal(["1", "2"], Ids(Fill()));
    }

    [Theory]
    [InlineData("link", 901, true)]
    [InlineData("other", 901, false)]
    [InlineData("link", 0, false)]
    public void The_links_own_heartbeat_tells_its_time(string link, ushort slot, bool isOwn)
    {
        _log.Gtid().Mark("east", link, slot).Xid();
        Assert.Equal(isOwn ? MadeLog.Time.AddSeconds(0.5) : null, Fill().Heartbeat);
    }

    [Fact]
    public void What_began_before_the_end_of_a_full_migration_is_replayed()
    {
        _log.Transaction(1);
        var until = _log.End;
        _log.Transaction(2);
        _log.Dispose();
        _log = new MadeLog(MadeLog.Options with { IdempotentUntil = until });
        _log.Transaction(1).Transaction(2);

        var (first, second) = (Fill(), Fill());
        Assert.Equal((true, "1"), (first.Idempotent, string.Join(",", Ids(first))));
        Assert.Equal((false, "2"), (second.Idempotent, string.Join(",", Ids(second))));
    }

    [Fact]
    public void An_XA_transactions_changes_come_where_it_is_committed()
    {
        const string xa = "X'61',X'',1";
        _log.Gtid().Query($"XA START {xa}").Map().Insert(1).Query($"XA END {xa}").Add(BinlogEventType.XaPrepare, Prepare());
        _log.Transaction(2);
        _log.Gtid().Query($"XA COMMIT {xa}");
        Assert.Equal(["2", "1"], Ids(Fill()));
        Assert.False(_log.Reader.IsInTransaction);
    }

    [Fact]
    public void An_XA_transaction_that_is_rolled_back_leaves_nothing()
    {
        const string xa = "X'61',X'',1";
        _log.Gtid().Query($"XA START {xa}").Map().Insert(1).Query($"XA END {xa}").Add(BinlogEventType.XaPrepare, Prepare());
        _log.Gtid().Query($"XA ROLLBACK {xa}");
        var batch = Fill();
        Assert.Equal((0, 2, 0), (batch.Transactions, batch.Skipped, batch.Changes.Count));
    }

    [Fact]
    public void An_XA_transaction_that_is_committed_in_one_phase_comes_there()
    {
        const string xa = "X'61',X'',1";
        _log.Gtid().Query($"XA START {xa}").Map().Insert(1).Query($"XA END {xa}").Add(BinlogEventType.XaPrepare, Prepare(onePhase: 1));
        Assert.Equal(["1"], Ids(Fill()));
    }

    [Fact]
    public void A_commit_of_what_was_prepared_before_the_Store_begins_is_refused()
    {
        _log.Gtid().Query("XA COMMIT X'61',X'',1");
        AssertRefused("whose changes were logged before the Store's first event");
    }

    [Fact]
    public void An_XA_statement_of_another_form_is_refused()
    {
        _log.Gtid().Query("XA RECOVER");
        AssertRefused("the statement XA RECOVER");
    }

    private static byte[] Prepare(byte onePhase = 0) => [onePhase, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'a'];

    [Theory]
    [InlineData(2, int.MaxValue, int.MaxValue, 2)]
    [InlineData(100, 3, int.MaxValue, 3)]
    [InlineData(100, int.MaxValue, 1, 1)]
    public void A_batch_is_full_at_the_first_commit_from_a_limit_on(int transactions, int rows, int bytes, int expected)
    {
        With(MadeLog.Options with { MaxTransactions = transactions, RowsAtOnce = rows, BytesAtOnce = bytes });
        for (var i = 0; i < 5; i++)
            _log.Transaction(i);
        Assert.Equal(expected, Fill(out var isFull).Transactions);
        Assert.True(isFull);
    }
}
