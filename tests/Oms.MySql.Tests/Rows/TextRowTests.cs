using System.Buffers;
using FsCheck.Xunit;

namespace Oms.MySql.Tests.Rows;

public class TextRowTests
{
    [Property]
    public void What_was_appended_is_read_back(byte[]?[] values)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            if (value is null)
                TextRow.AppendNull(output);
            else
                TextRow.Append(output, value);
        }

        var row = new TextRow(output.WrittenSpan);
        foreach (var value in values)
        {
            Assert.True(row.TryRead(out var read, out var isNull));
            Assert.Equal(value is null, isNull);
            Assert.Equal(value ?? [], read.ToArray());
        }
        Assert.False(row.TryRead(out _, out _));
    }

    [Theory]
    [InlineData(250)]
    [InlineData(251)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(16777215)]
    [InlineData(16777216)]
    public void A_value_of_each_width_of_length_is_read_back(int length)
    {
        var value = new byte[length];
        value[^1] = 7;
        var output = new ArrayBufferWriter<byte>();
        TextRow.Append(output, value);
        Assert.True(TextRow.TryGet(output.WrittenSpan, 0, out var read));
        Assert.True(read.SequenceEqual(value));
    }

    [Property]
    public void Damaged_rows_give_a_format_error_and_nothing_else(byte[] bytes)
    {
        var row = new TextRow(bytes);
        try
        {
            while (row.TryRead(out _, out _)) { }
        }
        catch (FormatException) { }
    }
}
