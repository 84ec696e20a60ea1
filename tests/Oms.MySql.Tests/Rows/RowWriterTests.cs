using System.Buffers;
using System.Text;
using Oms.MySql.Tests.Protocol;

namespace Oms.MySql.Tests.Rows;

public class RowWriterTests
{
    private static readonly ColumnShape[] s_columns =
    [
        new()
        {
            Name = "id",
            DataType = "int",
            ColumnType = "int",
        },
        new()
        {
            Name = "a`b",
            DataType = "varchar",
            ColumnType = "varchar(9)",
            CharacterSet = "utf8mb4",
        },
        new()
        {
            Name = "e",
            DataType = "enum",
            ColumnType = "enum('x')",
        },
        new()
        {
            Name = "j",
            DataType = "json",
            ColumnType = "json",
        },
        new()
        {
            Name = "u",
            DataType = "uuid",
            ColumnType = "uuid",
        },
    ];

    [Fact]
    public void A_tuple_has_a_literal_for_each_column_and_counts_the_values_that_strict_mode_refuses()
    {
        var output = new ArrayBufferWriter<byte>();
        var insert = new RowInsert("`d`.`t`", s_columns);
        Assert.Equal(" INTO `d`.`t` (`id`, `a``b`, `e`, `j`, `u`) VALUES ", Encoding.UTF8.GetString(insert.Into.Span));
        Assert.Equal(1, insert.AppendTuple(output, Row("1", "it's \\", "0", null, "u-u", "not written")));
        Assert.Equal("(1,'it\\'s \\\\',0,NULL,'u-u')", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Throws<FormatException>(() => insert.AppendTuple(output, Row("1", "2")));
    }

    [Fact]
    public void Without_backslash_escapes_only_the_quote_is_doubled()
    {
        var output = new ArrayBufferWriter<byte>();
        new RowInsert("t", s_columns, noBackslashEscapes: true).AppendTuple(
            output,
            Row("1", "'it''s \\\n'", "1", "[\"\\\\ '\", 1.50]", null)
        );
        Assert.Equal(
            "(1,'''it''''s \\\n''',1,JSON_REPLACE(CAST(_utf8mb4'[\"\\\\ ''\", 1.50]' AS JSON),_utf8mb4'$[1]',1.50),NULL)",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    [Fact]
    public void A_line_escapes_what_ends_fields_and_lines_and_NULL_is_no_text()
    {
        var output = new ArrayBufferWriter<byte>();
        var load = new RowLoad("`d`.`t`", s_columns);
        load.AppendLine(output, Row("1", "a\tb\nc\\N\0\r'", null, "{}", ""));
        Assert.Equal("1\ta\\tb\\nc\\\\N\\0\r'\t\\N\t{}\t\n", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(
            $"LOAD DATA LOCAL INFILE '{load.FileName}' INTO TABLE `d`.`t` CHARACTER SET binary FIELDS TERMINATED BY X'09' ESCAPED BY X'5C' LINES TERMINATED BY X'0A' "
                + "(`id`, `a``b`, @oms2, @oms3, @oms4) SET `e` = CAST(@oms2 AS UNSIGNED), `j` = CAST(CONVERT(@oms3 USING utf8mb4) AS JSON), `u` = CONVERT(@oms4 USING ascii)",
            load.Statement
        );
    }

    [Theory]
    [InlineData("1", "[1, 2.5, \"x\"]", true)]
    [InlineData("0", "[1]", false)]
    [InlineData("1", "{\"a\": 1.50}", false)]
    [InlineData("1", null, true)]
    public void A_row_that_only_literals_carry_is_known(string kind, string? json, bool canCarry) =>
        Assert.Equal(canCarry, new RowLoad("t", s_columns).CanCarry(Row("1", "a", kind, json, "u")));

    [Fact]
    public async Task Only_the_name_that_was_made_up_is_served()
    {
        byte[] answer = [1];
        await using var server = new FakeServer(async stream =>
        {
            await FakeServer.LogInAsync(stream);
            await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 1, [0xFB, .. "/etc/passwd"u8]);
            answer = await FakeServer.ReceiveAsync(stream);
            await FakeServer.SendAsync(stream, 3, FakeServer.Ok);
        });
        await using var session = await server.ConnectAsync(";AllowLoadLocalInfile=true");
        session.LocalData = new("oms-rows-1", async send => await send("secret"u8.ToArray()));
        var result = await session.StartQueryAsync("LOAD DATA LOCAL INFILE 'oms-rows-1' INTO TABLE t");
        Assert.Equal(2068, (await Assert.ThrowsAsync<MySqlException>(async () => await result.NextResultAsync())).Number);
        Assert.Empty(answer);
    }

    private static byte[] Row(params string?[] values)
    {
        var row = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            if (value is null)
                TextRow.AppendNull(row);
            else
                TextRow.Append(row, Encoding.UTF8.GetBytes(value));
        }
        return row.WrittenSpan.ToArray();
    }
}
