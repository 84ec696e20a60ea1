using System.Buffers;
using System.Text;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Differences (operation 0 replace, 1 insert, 2 remove; path; value) applied to documents in MySQL's binary form.</summary>
public class JsonDiffTests
{
    private const byte Replace = 0,
        Insert = 1,
        Remove = 2;

    // {"a": 1} and [1, true]
    private static readonly byte[] s_object = Convert.FromHexString("0001000C000B00010005010061");
    private static readonly byte[] s_array = Convert.FromHexString("0202000A00050100040100");
    private static readonly byte[] s_string = [0x0C, 1, (byte)'s'];

    [Theory]
    [InlineData(Replace, "$.a", "{\"a\": \"s\"}")]
    [InlineData(Insert, "$.bb", "{\"a\": 1, \"bb\": \"s\"}")]
    [InlineData(Insert, "$.\"\"", "{\"\": \"s\", \"a\": 1}")] // keys stand in order of length, then of bytes
    [InlineData(Insert, "$.\"a \\\"b\"", "{\"a\": 1, \"a \\\"b\": \"s\"}")]
    [InlineData(Remove, "$.a", "{}")]
    [InlineData(Replace, "$", "\"s\"")]
    public void An_object_is_changed_in_places(byte operation, string path, string expected) =>
        Assert.Equal(expected, Apply(s_object, Difference(operation, path)));

    [Theory]
    [InlineData(Replace, "$[1]", "[1, \"s\"]")]
    [InlineData(Insert, "$[0]", "[\"s\", 1, true]")]
    [InlineData(Insert, "$[9]", "[1, true, \"s\"]")]
    [InlineData(Remove, "$[0]", "[true]")]
    public void An_array_is_changed_in_places(byte operation, string path, string expected) =>
        Assert.Equal(expected, Apply(s_array, Difference(operation, path)));

    [Fact]
    public void Differences_follow_one_another() =>
        Assert.Equal(
            "{\"a\": {\"a\": 1}, \"b\": \"s\"}",
            Apply(
                s_object,
                [
                    .. Difference(Replace, "$.a", s_object),
                    .. Difference(Insert, "$.b"),
                    .. Difference(Insert, "$.a.x"),
                    .. Difference(Remove, "$.a.x"),
                ]
            )
        );

    [Theory]
    [InlineData(Replace, "$.b")]
    [InlineData(Insert, "$.a")]
    [InlineData(Remove, "$.b")]
    [InlineData(Remove, "$")]
    [InlineData(Replace, "$[0]")]
    [InlineData(Replace, "$.a.b")]
    [InlineData(Replace, "a")]
    [InlineData(Replace, "$.")]
    [InlineData(Replace, "$[x]")]
    [InlineData(Replace, "$[0")]
    [InlineData(Replace, "$.\"a")]
    [InlineData(Replace, "$.\"\\x\"")]
    [InlineData(3, "$.a")]
    public void A_difference_that_does_not_fit_is_refused(byte operation, string path) =>
        Assert.Throws<BinlogFormatException>(() => Apply(s_object, Difference(operation, path)));

    private static byte[] Difference(byte operation, string path, byte[]? value = null)
    {
        var text = Encoding.UTF8.GetBytes(path);
        value ??= s_string;
        return [operation, (byte)text.Length, .. text, .. operation == Remove ? [] : (byte[])[(byte)value.Length, .. value]];
    }

    private static string Apply(byte[] document, byte[] differences)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonDiff.Apply(document, differences, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
