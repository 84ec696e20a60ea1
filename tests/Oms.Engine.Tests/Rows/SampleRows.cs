using System.Buffers;
using System.Text;
using Oms.Changes;
using Oms.Conflicts;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Engine.Tests.Rows;

/// <summary>Tables and rows for tests: <c>t(id int primary key, name varchar, f double, u int unique)</c>.</summary>
internal static class SampleRows
{
    public static TableBinding Table { get; } = new(new TablePair(Schema(), Schema()));

    /// <summary>A row; null is NULL.</summary>
    public static byte[] Row(string id, string? name, string? u, string? f = "1.5") => Text(id, name, f, u);

    private static byte[] Text(params string?[] values)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            if (value is null)
                TextRow.AppendNull(output);
            else
                TextRow.Append(output, Encoding.UTF8.GetBytes(value));
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Who wins under a policy; with LatestWins by the column u.</summary>
    public static ConflictWinner Winner(ConflictPolicy policy, string? latestColumn = "u") =>
        new(
            new Project
            {
                Name = "p",
                Source = "a",
                Destination = "b",
                ConflictPolicy = policy,
                LatestColumn = latestColumn,
            },
            "north"
        );

    /// <summary>A batch of changes, each in a transaction of its own.</summary>
    public static ChangeBatch Batch(params (RowsKind Kind, byte[]? Before, byte[]? After)[] changes)
    {
        var batch = new ChangeBatch();
        foreach (var (kind, before, after) in changes)
        {
            Range Add(byte[]? row)
            {
                if (row is null)
                    return default;
                var start = batch.Bytes;
                batch.Rows.Write(row);
                return start..batch.Bytes;
            }

            batch.Changes.Add(new RowChange(Table, kind, batch.Transactions++, Add(before), Add(after)));
        }
        return batch;
    }

    private static TableSchema Schema() =>
        new()
        {
            Name = new TableName("d", "t"),
            StorageEngine = "InnoDB",
            Columns =
            [
                new ColumnShape
                {
                    Name = "id",
                    DataType = "int",
                    ColumnType = "int(11)",
                },
                new ColumnShape
                {
                    Name = "name",
                    DataType = "varchar",
                    ColumnType = "varchar(20)",
                    CharacterSet = "utf8mb4",
                    Collation = "utf8mb4_bin",
                    OctetLength = 80,
                    IsNullable = true,
                },
                new ColumnShape
                {
                    Name = "f",
                    DataType = "double",
                    ColumnType = "double",
                    IsNullable = true,
                },
                new ColumnShape
                {
                    Name = "u",
                    DataType = "int",
                    ColumnType = "int(11)",
                    IsNullable = true,
                },
            ],
            UniqueKeys = [new UniqueKey("PRIMARY", [0], true, true), new UniqueKey("u", [3], false, false)],
        };
}
