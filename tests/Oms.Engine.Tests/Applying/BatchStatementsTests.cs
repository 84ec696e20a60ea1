using Oms.Applying;
using Oms.MySql.Binlog;
using Oms.Rows;
using static Oms.Engine.Tests.Rows.SampleRows;

namespace Oms.Engine.Tests.Applying;

/// <summary>The SQL by which a batch is read and written.</summary>
public sealed class BatchStatementsTests
{
    private readonly SqlText _sql = new();

    private static NetEffect Effect(params (RowsKind, byte[]?, byte[]?)[] changes) => new(Batch(changes));

    /// <summary>A key whose row is to become another one; null: no row.</summary>
    private static NetEffect Settled(params (byte[]? Current, byte[]? Result)[] rows)
    {
        var effect = Effect([.. rows.Select(r => (RowsKind.Insert, (byte[]?)null, r.Current ?? r.Result))]);
        foreach (var (key, row) in effect.Keys.Zip(rows))
        {
            key.Current = row.Current is null ? (ReadOnlyMemory<byte>?)null : row.Current;
            key.Result = row.Result is null ? (ReadOnlyMemory<byte>?)null : row.Result;
        }
        return effect;
    }

    private string[] Writes(NetEffect effect, bool idempotent = false, bool putOff = false)
    {
        Assert.Empty(BatchStatements.AddWrites(_sql, effect, idempotent, putOff));
        return Statements();
    }

    private string[] Statements()
    {
        var statements = _sql.ToString().Split(";\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(_sql.Statements, statements.Length);
        return statements;
    }

    [Fact]
    public void Keys_are_read_under_locks_by_the_index_of_the_row_key()
    {
        var effect = Effect((RowsKind.Update, Row("1", "a", "2"), Row("1", "b", "2")), (RowsKind.Delete, Row("3", "a", null), null));
        Assert.Equal([Table], BatchStatements.AddReads(_sql, effect, optimistic: true, putOff: false));
        var read = Assert.Single(Statements());
        Assert.StartsWith("SELECT ", read, StringComparison.Ordinal);
        Assert.Contains(" FROM `d`.`t` FORCE INDEX (`PRIMARY`) WHERE ", read, StringComparison.Ordinal);
        Assert.EndsWith(" FOR UPDATE", read, StringComparison.Ordinal);
        Assert.Contains("(1,3)", read.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void What_should_be_new_is_not_read_as_nameas_all_goes_well(bool optimistic, int statements) =>
        Assert.Equal(
            statements,
            BatchStatements.AddReads(_sql, Effect((RowsKind.Insert, null, Row("1", "a", null))), optimistic, putOff: false).Count
        );

    [Fact]
    public void Only_the_keys_of_one_kind_are_read_and_written()
    {
        var effect = Settled((null, Row("1", "a", null)), (null, Row("2", "b", null)));
        effect.Keys.Last().IsPutOff = true;
        BatchStatements.AddReads(_sql, effect, optimistic: false, putOff: true);
        Assert.DoesNotContain("1", Assert.Single(Statements())[^20..], StringComparison.Ordinal);
        _sql.Clear();
        Assert.Contains("'a'", Assert.Single(Writes(effect)), StringComparison.Ordinal);
        _sql.Clear();
        Assert.Contains("'b'", Assert.Single(Writes(effect, putOff: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_keys_are_read_500_a_statement()
    {
        var effect = Effect([.. Enumerable.Range(0, 1001).Select(i => (RowsKind.Delete, (byte[]?)Row($"{i}", "a", null), (byte[]?)null))]);
        Assert.Equal(3, BatchStatements.AddReads(_sql, effect, optimistic: true, putOff: false).Count);
        Assert.Equal(3, _sql.Statements);
    }

    [Fact]
    public void New_rows_are_inserted_changed_ones_updated_in_place_and_gone_ones_deleted_first()
    {
        var statements = Writes(
            Settled(
                (null, Row("1", "new", "1")),
                (Row("2", "old", "2"), Row("2", "changed", "2")),
                (Row("3", "gone", "3"), null),
                (null, Row("4", "newer", "4"))
            )
        );

        Assert.Equal(3, statements.Length);
        Assert.StartsWith("DELETE FROM `d`.`t` WHERE ", statements[0], StringComparison.Ordinal);
        Assert.StartsWith("INSERT INTO `d`.`t` (`id`, `name`, `f`, `u`) VALUES ", statements[1], StringComparison.Ordinal);
        Assert.Contains("'new'", statements[1], StringComparison.Ordinal);
        Assert.Contains("'newer'", statements[1], StringComparison.Ordinal);
        Assert.DoesNotContain("DUPLICATE", statements[1], StringComparison.Ordinal);
        Assert.Contains("'changed'", statements[2], StringComparison.Ordinal);
        Assert.EndsWith(
            " ON DUPLICATE KEY UPDATE `name` = VALUES(`name`), `f` = VALUES(`f`), `u` = VALUES(`u`)",
            statements[2],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_row_whose_unique_value_changes_goes_before_others_come()
    {
        var statements = Writes(Settled((Row("1", "a", "10"), Row("1", "a", "20")), (Row("2", "b", "20"), Row("2", "b", "10"))));
        Assert.Equal(2, statements.Length);
        Assert.StartsWith("DELETE FROM", statements[0], StringComparison.Ordinal);
        Assert.StartsWith("INSERT INTO", statements[1], StringComparison.Ordinal);
        Assert.DoesNotContain("DUPLICATE", statements[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_as_it_should_be_is_not_written()
    {
        var effect = Settled((Row("1", "a", "1"), Row("1", "a", "1")), (Row("2", "b", "2"), null));
        effect.Keys.Last().Current = (ReadOnlyMemory<byte>?)null;
        Assert.Empty(Writes(effect));
    }

    [Fact]
    public void A_replay_writes_whatever_is_there()
    {
        var statements = Writes(Settled((Row("1", "a", "1"), Row("1", "a", "1")), (Row("2", "b", "2"), null)), idempotent: true);
        Assert.Equal(2, statements.Length);
        Assert.StartsWith("DELETE FROM", statements[0], StringComparison.Ordinal);
        Assert.StartsWith("REPLACE INTO", statements[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Many_rows_are_written_1000_a_statement()
    {
        var effect = Settled([.. Enumerable.Range(0, 2001).Select(i => ((byte[]?)null, (byte[]?)Row($"{i}", "a", null)))]);
        Assert.Equal([1000, 1000, 1], Writes(effect).Select(s => s.Split(",\n").Length));
    }

    [Fact]
    public void A_statement_holds_little_more_than_a_megabyte()
    {
        var name = new string('x', 400_000);
        var effect = Settled([.. Enumerable.Range(0, 6).Select(i => ((byte[]?)null, (byte[]?)Row($"{i}", name, null)))]);
        Assert.Equal([3, 3], Writes(effect).Select(s => s.Split(",\n").Length));
    }
}
