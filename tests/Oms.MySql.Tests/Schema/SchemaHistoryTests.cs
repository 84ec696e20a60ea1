using System.Text;
using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

public sealed class SchemaHistoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oms-schema-").FullName;

    private string FilePath => Path.Combine(_directory, "history.jsonl");

    [Fact]
    public void Tells_the_columns_at_every_position()
    {
        using var history = Begin();
        Apply(history, 200, "ALTER TABLE t ADD b INT");
        Apply(history, 300, "RENAME TABLE t TO u");
        Apply(history, 400, "ALTER TABLE u FROBNICATE");
        AssertTimeline(history);
    }

    [Fact]
    public void Tells_the_same_after_it_was_opened_again()
    {
        using (var history = Begin())
        {
            Apply(history, 200, "ALTER TABLE t ADD b INT");
            Apply(history, 300, "RENAME TABLE t TO u");
            Apply(history, 400, "ALTER TABLE u FROBNICATE");
        }
        using var again = SchemaHistory.Open(FilePath);
        AssertTimeline(again);
        Assert.Equal(At(400), again.Position);
        Apply(again, 500, "CREATE OR REPLACE TABLE u (x INT)");
        Assert.Equal("x", Columns(again, "u", 500));
    }

    [Fact]
    public void What_a_statement_does_not_tell_somebody_else_may_tell_behind_it_and_before_the_next()
    {
        var told = new TableDefinition([
            new ColumnShape
            {
                Name = "told",
                DataType = "int",
                ColumnType = "int",
            },
        ]);
        using (var history = Begin())
        {
            Apply(history, 200, "ALTER TABLE t FROBNICATE");
            history.Adopt(At(200), new QualifiedTable("shop", "t"), told, "by hand");
            Apply(history, 300, "ALTER TABLE t ADD z INT");
            history.Adopt(At(300), new QualifiedTable("shop", "t"), told, "t is known");
        }
        using var again = SchemaHistory.Open(FilePath);
        Assert.Equal("told", Columns(again, "t", 200));
        Assert.Equal("told,z", Columns(again, "t", 300));
    }

    [Theory]
    [InlineData(1, "my_row_id,c,a,b")]
    [InlineData(2, "c,my_row_id,a,b")]
    public void A_file_of_the_first_format_is_read_on_and_its_generated_keys_are_told_by_their_looks(int format, string columns)
    {
        using (var history = SchemaHistory.Open(FilePath))
            history.Take(
                TestCatalogue.Snapshot(TestCatalogue.MySql97, At(100), ("t", "my_row_id BIGINT UNSIGNED NOT NULL PRIMARY KEY, a INT"))
            );
        // Its lines had no checksums either.
        var lines = System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(FilePath), " [0-9a-f]{8}\n", "\n");
        File.WriteAllText(FilePath, lines.Replace("\"format\":2", $"\"format\":{format}", StringComparison.Ordinal));
        using (var history = SchemaHistory.Open(FilePath))
            Apply(history, 200, "ALTER TABLE t ADD b INT");
        Assert.StartsWith("{\"format\":2", File.ReadAllText(FilePath), StringComparison.Ordinal);
        using var again = SchemaHistory.Open(FilePath);
        Apply(again, 300, "ALTER TABLE t ADD c INT FIRST");
        Assert.Equal(columns, Columns(again, "t", 300));
    }

    [Fact]
    public void Generated_and_long_unique_keys_are_kept_in_the_file()
    {
        using (var history = SchemaHistory.Open(FilePath))
        {
            history.Take(
                TestCatalogue.Snapshot(
                    TestCatalogue.MariaDb118,
                    At(100),
                    ("t", "x TEXT UNIQUE, y TEXT, UNIQUE k (y(5), x), UNIQUE l (y) USING HASH")
                )
            );
            Apply(history, 200, "ALTER TABLE t DROP KEY k");
        }
        using var again = SchemaHistory.Open(FilePath);
        Assert.Equal("3", again.Find("shop", "t", At(100)).Definition!.Hidden.ToString());
        Apply(again, 300, "ALTER TABLE t DROP KEY l");
        Assert.Equal("1", again.Find("shop", "t", At(300)).Definition!.Hidden.ToString());
    }

    [Fact]
    public void A_statement_that_was_taken_in_changes_nothing_the_second_time()
    {
        using var history = Begin();
        Apply(history, 200, "ALTER TABLE t ADD b INT");
        Apply(history, 250, "INSERT INTO t VALUES (1)");
        Apply(history, 300, "ALTER TABLE t DROP a");
        var length = new FileInfo(FilePath).Length;
        Apply(history, 200, "ALTER TABLE t ADD b INT");
        Apply(history, 250, "INSERT INTO t VALUES (1)");
        Apply(history, 300, "ALTER TABLE t DROP a");
        Assert.Equal(length, new FileInfo(FilePath).Length);
        Assert.Equal("b", Columns(history, "t", 300));
    }

    [Fact]
    public void A_file_cut_anywhere_in_its_last_line_is_as_before_that_line_and_goes_on()
    {
        int complete;
        using (var history = Begin())
        {
            Apply(history, 200, "ALTER TABLE t ADD b INT");
            complete = (int)new FileInfo(FilePath).Length;
            Apply(history, 300, "ALTER TABLE t ADD c INT COMMENT 'é'");
        }
        var whole = File.ReadAllBytes(FilePath);
        for (var length = complete; length < whole.Length; length++)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            using var history = SchemaHistory.Open(FilePath);
            Assert.Equal(At(200), history.Position);
            Assert.Equal("a,b", Columns(history, "t", 300));
            Apply(history, 300, "ALTER TABLE t ADD c INT COMMENT 'é'");
            Assert.Equal("a,b,c", Columns(history, "t", 300));
            history.Dispose();
            Assert.Equal(whole, File.ReadAllBytes(FilePath));
        }
    }

    [Fact]
    public void A_file_whose_first_line_was_cut_is_a_new_history()
    {
        using (Begin()) { }
        var whole = File.ReadAllBytes(FilePath);
        var first = Array.IndexOf(whole, (byte)'\n');
        for (var length = 0; length <= first; length += 7)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            using var history = SchemaHistory.Open(FilePath);
            Assert.Null(history.Position);
        }
    }

    [Fact]
    public void A_bit_that_flips_anywhere_is_found()
    {
        using (var history = Begin())
        {
            Apply(history, 200, "ALTER TABLE t ADD b INT");
            Apply(history, 300, "ALTER TABLE t ADD c INT COMMENT 'é'");
        }
        var whole = File.ReadAllBytes(FilePath);
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)(1 << at % 8);
            File.WriteAllBytes(FilePath, damaged);
            Assert.Throws<InvalidDataException>(() => SchemaHistory.Open(FilePath));
            Assert.Equal(damaged, File.ReadAllBytes(FilePath));
        }
    }

    [Fact]
    public void A_last_line_without_some_of_its_blocks_is_as_before_that_line()
    {
        int complete;
        using (var history = Begin())
        {
            complete = (int)new FileInfo(FilePath).Length;
            Apply(history, 200, $"ALTER TABLE t ADD b INT COMMENT '{new string('x', 600)}'");
        }
        var torn = File.ReadAllBytes(FilePath);
        torn.AsSpan(complete, torn.Length - complete - 1)[..Math.Min(520, torn.Length - complete - 1)].Clear();
        File.WriteAllBytes(FilePath, torn);
        using var again = SchemaHistory.Open(FilePath);
        Assert.Equal(complete, new FileInfo(FilePath).Length);
        Assert.Equal("a", Columns(again, "t", 300));
    }

    [Fact]
    public void A_line_damaged_elsewhere_is_refused_with_its_number_and_the_remedy()
    {
        using (var history = Begin())
            Apply(history, 200, "ALTER TABLE t ADD b INT");
        var lines = File.ReadAllLines(FilePath);
        lines[1] = lines[1][..^5];
        File.WriteAllLines(FilePath, lines);
        var error = Assert.Throws<InvalidDataException>(() => SchemaHistory.Open(FilePath));
        Assert.Contains("Line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("new snapshot", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_rows_behind_a_position_do_not_need_is_forgotten()
    {
        using (var history = Begin())
        {
            Apply(history, 200, "ALTER TABLE t ADD b INT");
            Apply(history, 250, "CREATE TABLE gone (a INT)");
            Apply(history, 260, "DROP TABLE gone");
            Apply(history, 300, "ALTER TABLE t ADD c INT");
            Apply(history, 400, "ALTER TABLE t ADD d INT");
            history.RemoveBefore(At(350));
            Assert.Equal("a,b,c", Columns(history, "t", 350));
        }
        var text = File.ReadAllText(FilePath);
        Assert.DoesNotContain("gone", text, StringComparison.Ordinal);
        Assert.Equal(3, text.Count(c => c == '\n'));
        using var again = SchemaHistory.Open(FilePath);
        Assert.Equal(At(400), again.Position);
        Assert.Equal("a,b,c", Columns(again, "t", 399));
        Assert.Equal("a,b,c,d", Columns(again, "t", 400));
        Assert.Equal(SchemaKnowledge.Unknown, again.Find("shop", "t", At(349)).Knowledge);
    }

    [Fact]
    public void A_second_snapshot_is_the_newest_version_of_every_table()
    {
        using var history = Begin(("t", "a INT"), ("u", "a INT"));
        Apply(history, 200, "ALTER TABLE u FROBNICATE");
        history.Take(TestCatalogue.Snapshot(TestCatalogue.MySql97, At(300), ("u", "fresh INT")));
        Assert.Equal("fresh", Columns(history, "u", 300));
        Assert.Equal(SchemaKnowledge.Uncertain, history.Find("shop", "u", At(299)).Knowledge);
        Assert.Equal("a", Columns(history, "t", 299));
        Assert.Equal(SchemaKnowledge.Unknown, history.Find("shop", "t", At(300)).Knowledge);
        Assert.Throws<InvalidOperationException>(() => history.Take(TestCatalogue.Snapshot(TestCatalogue.MySql97, At(100))));
    }

    [Fact]
    public void Temporary_tables_and_databases_are_remembered()
    {
        using (var history = Begin())
        {
            history.Apply(At(200), Query("CREATE TEMPORARY TABLE t (a INT)", thread: 9));
            Apply(history, 210, "ALTER DATABASE shop CHARACTER SET latin1");
            Apply(history, 220, "DROP DATABASE other");
        }
        using var again = SchemaHistory.Open(FilePath);
        Assert.Single(again.State!.TemporaryTables);
        Assert.Equal("latin1_swedish_ci", again.State.Databases["shop"].Collation);
        Assert.False(again.State.Databases.ContainsKey("other"));
    }

    [Fact]
    public void System_versioning_hides_columns_so_that_the_table_is_uncertain_while_it_lasts()
    {
        using var history = SchemaHistory.Open(FilePath);
        history.Take(TestCatalogue.Snapshot(TestCatalogue.MariaDb118, At(100), ("t", "a INT")));
        Apply(history, 200, "ALTER TABLE t ADD SYSTEM VERSIONING");
        Apply(history, 300, "ALTER TABLE t DROP SYSTEM VERSIONING");
        Assert.Contains("system versioning", history.Find("shop", "t", At(200)).Reason, StringComparison.Ordinal);
        Assert.Equal("a", Columns(history, "t", 300));
    }

    [Fact]
    public void The_beginning_of_a_transaction_costs_no_memory()
    {
        using var history = Begin();
        var begin = Query("BEGIN");
        var at = At(200);
        history.Apply(at, begin);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            history.Apply(at, begin);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_file_is_for_its_owner_only()
    {
        using var history = Begin();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void Nothing_can_be_told_without_a_snapshot()
    {
        using var history = SchemaHistory.Open(FilePath);
        Assert.Empty(history.Apply(At(5), Query("BEGIN")));
        Assert.Throws<InvalidOperationException>(() => history.Apply(At(10), Query("CREATE TABLE t (a INT)")));
        Assert.Contains("no snapshot", history.Find("shop", "t", At(10)).Reason, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private SchemaHistory Begin(params (string, string)[] tables)
    {
        var history = SchemaHistory.Open(FilePath);
        history.Take(TestCatalogue.Snapshot(TestCatalogue.MySql97, At(100), tables.Length > 0 ? tables : [("t", "a INT")]));
        return history;
    }

    private static void AssertTimeline(SchemaHistory history)
    {
        Assert.Equal(SchemaKnowledge.Unknown, history.Find("shop", "t", At(99)).Knowledge);
        Assert.Equal("a", Columns(history, "t", 100));
        Assert.Equal("a", Columns(history, "t", 199));
        Assert.Equal("a,b", Columns(history, "t", 200));
        Assert.Contains("gone by binlog.000001:300", history.Find("shop", "t", At(300)).Reason, StringComparison.Ordinal);
        Assert.Equal("a,b", Columns(history, "u", 399));
        Assert.Contains("not known", history.Find("shop", "u", At(299)).Reason, StringComparison.Ordinal);
        var uncertain = history.Find("shop", "u", At(400));
        Assert.Equal(SchemaKnowledge.Uncertain, uncertain.Knowledge);
        Assert.Contains("binlog.000001:400", uncertain.Reason, StringComparison.Ordinal);
        Assert.Contains("ALTER TABLE u FROBNICATE", uncertain.Reason, StringComparison.Ordinal);
    }

    private static void Apply(SchemaHistory history, ulong offset, string sql) => history.Apply(At(offset), Query(sql));

    private static QueryEvent Query(string sql, uint thread = 1) => new(thread, 0, "shop", Encoding.UTF8.GetBytes(sql));

    private static BinlogPosition At(ulong offset) => new("binlog.000001", offset);

    private static string Columns(SchemaHistory history, string table, ulong offset) =>
        string.Join(',', history.Find("shop", table, At(offset)).Columns.Select(c => c.Name));
}
