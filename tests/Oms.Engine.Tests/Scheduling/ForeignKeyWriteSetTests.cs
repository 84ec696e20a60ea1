using System.Buffers;
using System.Text;
using Oms.Applying;
using Oms.Changes;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Rows;
using Oms.Scheduling;
using Oms.Servers;

namespace Oms.Engine.Tests.Scheduling;

/// <summary>Where the destination checks foreign keys, a row and those that refer to it are not written beside each other.</summary>
public sealed class ForeignKeyWriteSetTests
{
    private static readonly TableBinding s_parent = Bind("parent", checks: true),
        s_child = Bind("child", checks: true, "parent"),
        s_uncheckedChild = Bind("child", checks: false, "parent");

    /// <summary>A table with an id and another column, which may refer to a table's ids.</summary>
    private static TableBinding Bind(string name, bool checks, string? referenced = null)
    {
        static ColumnShape Int(string name) =>
            new()
            {
                Name = name,
                DataType = "int",
                ColumnType = "int(11)",
                IsNullable = name != "id",
            };
        var schema = new TableSchema
        {
            Name = new TableName("d", name),
            StorageEngine = "InnoDB",
            Columns = [Int("id"), Int("ref")],
            UniqueKeys = [new UniqueKey("PRIMARY", [0], true, true)],
            ForeignKeys = referenced is null ? [] : [new ForeignKey("fk", ["ref"], new TableName("d", referenced), ["id"], false)],
        };
        return new TableBinding(new TablePair(schema, schema) { ChecksForeignKeys = checks });
    }

    private static WriteSet Touched(TableBinding table, string? before, string? after)
    {
        var batch = new ChangeBatch();
        Range Add(string? row)
        {
            if (row is null)
                return default;
            var output = new ArrayBufferWriter<byte>();
            foreach (var value in row.Split(','))
            {
                if (value == "NULL")
                    TextRow.AppendNull(output);
                else
                    TextRow.Append(output, Encoding.ASCII.GetBytes(value));
            }
            var start = batch.Bytes;
            batch.Rows.Write(output.WrittenSpan);
            return start..batch.Bytes;
        }

        var kind =
            before is null ? RowsKind.Insert
            : after is null ? RowsKind.Delete
            : RowsKind.Update;
        batch.Changes.Add(new RowChange(table, kind, batch.Transactions++, Add(before), Add(after)));
        return new WriteSet(batch, new NetEffect(batch));
    }

    private static bool IsPutOff(WriteSet later, WriteSet earlier)
    {
        later.PutOff([earlier]);
        return later.Effect.Keys.Single().IsPutOff;
    }

    [Theory]
    [InlineData(null, "1,7", true)]
    [InlineData(null, "1,8", false)]
    [InlineData(null, "1,NULL", false)]
    [InlineData("1,7", "1,8", true)]
    [InlineData("1,8", "1,7", true)]
    [InlineData("1,7", null, true)]
    public void A_row_waits_for_the_row_that_it_refers_to(string? before, string? after, bool isPutOff) =>
        Assert.Equal(isPutOff, IsPutOff(Touched(s_child, before, after), Touched(s_parent, null, "7,NULL")));

    [Theory]
    [InlineData("7,NULL", null, true)]
    [InlineData("8,NULL", null, false)]
    [InlineData(null, "7,NULL", true)]
    public void A_row_waits_for_those_that_refer_to_it(string? before, string? after, bool isPutOff) =>
        Assert.Equal(isPutOff, IsPutOff(Touched(s_parent, before, after), Touched(s_child, "1,7", null)));

    [Fact]
    public void Rows_that_refer_to_the_same_one_do_not_wait_for_each_other() =>
        Assert.False(IsPutOff(Touched(s_child, null, "1,7"), Touched(s_child, null, "2,7")));

    [Fact]
    public void Where_the_destination_checks_none_nothing_waits() =>
        Assert.False(IsPutOff(Touched(s_uncheckedChild, null, "1,7"), Touched(s_parent, null, "7,NULL")));

    [Fact]
    public void Rows_of_one_destination_table_that_come_in_another_layout_wait_whatever_they_are() =>
        Assert.True(IsPutOff(Touched(s_child, null, "1,7"), Touched(s_uncheckedChild, null, "2,8")));
}
