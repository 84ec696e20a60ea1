using System.Text;
using Oms.FullImport;
using Oms.KeyRanges;
using Oms.Marks;
using Oms.Rows;
using Oms.Servers;
using static Oms.Engine.Tests.KeyRanges.Tables;

namespace Oms.Engine.Tests.FullImport;

public class ChunkTests
{
    private static readonly TableCopy Table = new(
        Pair(
            Table(
                1,
                Column("id"),
                Column("v", "varchar", "utf8mb4", nullable: true),
                Column("g", generated: true),
                Column("e", "enum", nullable: true)
            )
        )
    );
    private static readonly TxnMark Mark = new("link", "beijing");
    private static readonly ImportLog Log = new(Mark);

    [Fact]
    public void Generated_columns_are_neither_read_nor_written()
    {
        Assert.Equal("SELECT `id`, `v`, CAST(`e` AS UNSIGNED) FROM `db`.`t` FORCE INDEX (`PRIMARY`)", Table.SelectFrom);
        Assert.Equal(" INTO `db`.`t` (`id`, `v`, `e`) VALUES ", Encoding.UTF8.GetString(Table.Insert.Into.Span));
    }

    [Fact]
    public void A_chunk_is_written_in_one_batch_mark_first_and_record_last()
    {
        var chunk = Fill(Range(planned: true), 7, Row(1, "it's", 1), Row(2, null, null));

        var sql = Compose(batch => batch.Whole, chunk);

        Assert.Equal(
            "BEGIN;"
                + Mark.FullImportStatement(3)
                + ";SET @oms_marked = ROW_COUNT();"
                + @"INSERT INTO `db`.`t` (`id`, `v`, `e`) VALUES (1,'it\'s',1),(2,NULL,NULL);"
                + "INSERT INTO `oms`.`full_import` (link, source_table, chunk, row_count, ignored, upper_key) VALUES ('link', 'db.t', 2000000007, IF(@oms_marked = 1, 2, NULL), 0, '0132');COMMIT",
            sql
        );
    }

    [Fact]
    public void The_first_chunk_of_an_unrecorded_range_brings_the_plan_and_the_last_one_the_end()
    {
        var chunk = Fill(Range(planned: false), 1, Row(1, null, null));
        chunk.End(endsRange: true);

        Assert.Equal([2_000_000_000, 2_000_000_001, 2_999_999_999], ImportLog.LinesOf(chunk, 0).Select(l => l.Number));
    }

    [Fact]
    public void A_range_that_ends_without_rows_left_writes_only_its_end()
    {
        var chunk = Fill(Range(planned: true), 4);
        chunk.End(endsRange: true);

        Assert.Equal([2_999_999_999], ImportLog.LinesOf(chunk, 0).Select(l => l.Number));
        Assert.DoesNotContain("VALUES (1", Compose(batch => batch.Whole, chunk), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_chunks_are_split_into_statements_and_a_full_one_takes_no_more()
    {
        var chunk = new Chunk(1000);
        chunk.Begin(Range(planned: true), 1);
        var rows = 0;
        while (chunk.TryAdd(Row(rows, "0123456789", null), statementBytes: 100, limit: 2000))
            rows++;
        chunk.End(endsRange: false);

        Assert.Equal(rows, chunk.Rows);
        Assert.True(chunk.Bytes <= 2000);
        Assert.Equal(rows, chunk.Statements.Sum(s => s.Rows));
        Assert.All(chunk.Statements, s => Assert.InRange(s.Length, 1, 100));
        Assert.Equal(Row(rows - 1), chunk.LastKey);
        Assert.Equal(
            Enumerable.Range(0, rows).Select(i => $"({i},'0123456789',NULL)"),
            chunk.Statements.SelectMany(s =>
                Encoding.UTF8.GetString(chunk.TuplesOf(s)).Replace("),(", ")|(", StringComparison.Ordinal).Split('|')
            )
        );
    }

    [Fact]
    public void Rows_with_an_invalid_enum_get_lax_statements_of_their_own_whose_warnings_are_asked_for()
    {
        var chunk = Fill(Range(planned: true), 1, Row(1, null, 1), Row(2, null, 0), Row(3, null, 0), Row(4, null, 2));

        Assert.True(chunk.HasInvalidEnums);
        Assert.Equal([(1, 0), (2, 2), (1, 0)], chunk.Statements.Select(s => (s.Rows, s.InvalidEnums)));
        var sql = new ByteBuffer(100);
        var at = new ChunkBatch(Mark, 3, Log).Rows(sql, chunk, ignoreExisting: true);
        var statements = Encoding.UTF8.GetString(sql.Written.Span).Split(';');
        Assert.All(at, i => Assert.StartsWith("INSERT IGNORE INTO `db`.`t`", statements[i], StringComparison.Ordinal));
        Assert.All(at, i => Assert.Equal("SHOW WARNINGS", statements[i + 1]));
        Assert.Equal($"SET SESSION sql_mode = '{SessionSettings.LaxMode}'", statements[at[1] - 1]);
        Assert.Equal($"SET SESSION sql_mode = '{SessionSettings.StrictMode}'", statements[at[1] + 2]);
        Assert.DoesNotContain("COMMIT", statements);
    }

    [Fact]
    public void A_used_chunk_begins_empty()
    {
        var chunk = Fill(Range(planned: true), 1, Row(1, null, 0));
        chunk.Begin(Range(planned: true), 2);
        chunk.End(endsRange: false);

        Assert.Equal((0, 0, false), (chunk.Rows, chunk.Statements.Count, chunk.HasInvalidEnums));
        Assert.Null(chunk.LastKey);
    }

    private static RangeCopy Range(bool planned) => new(Table, 2, new KeyRange(null, Row(100)), 1, planned);

    private static Chunk Fill(RangeCopy range, long number, params byte[][] rows)
    {
        var chunk = new Chunk(1000);
        chunk.Begin(range, number);
        foreach (var row in rows)
            Assert.True(chunk.TryAdd(row, 1000, 100_000));
        chunk.End(endsRange: false);
        return chunk;
    }

    private static string Compose(Func<ChunkBatch, Action<ByteBuffer, Chunk>> compose, Chunk chunk)
    {
        var sql = new ByteBuffer(100);
        compose(new ChunkBatch(Mark, 3, Log))(sql, chunk);
        return Encoding.UTF8.GetString(sql.Written.Span);
    }
}
