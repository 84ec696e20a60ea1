using System.Buffers;
using FsCheck.Xunit;
using Oms.MySql.Packets;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

public class PayloadTests
{
    [Theory]
    [InlineData(0UL, 1)]
    [InlineData(250UL, 1)]
    [InlineData(251UL, 3)]
    [InlineData(65_535UL, 3)]
    [InlineData(65_536UL, 4)]
    [InlineData(16_777_215UL, 4)]
    [InlineData(16_777_216UL, 9)]
    [InlineData(ulong.MaxValue, 9)]
    public void A_length_takes_as_many_bytes_as_the_protocol_says(ulong value, int size)
    {
        var output = new ArrayBufferWriter<byte>();
        TextRow.AppendLength(output, value);
        Assert.Equal(size, output.WrittenCount);
        Assert.Equal(value, new PayloadReader(output.WrittenSpan).LengthEncodedInteger());
    }

    [Fact]
    public void An_OK_is_read_with_and_without_the_length_of_its_text()
    {
        var ok = OkPacket.Read([0x00, 0xFC, 0x2C, 0x01, 0x05, 0x0A, 0x00, 0x03, 0x00, 0x02, (byte)'h', (byte)'i']);
        Assert.Equal(new OkPacket(300, 5, ServerStatus.AutoCommit | ServerStatus.MoreResults, 3, "hi"), ok);
        Assert.Equal("hi!", OkPacket.Read([0, 0, 0, 2, 0, 0, 0, (byte)'h', (byte)'i', (byte)'!']).Info);
        Assert.Equal("", OkPacket.Read([0, 0, 0, 2, 0, 0, 0]).Info);
    }

    [Fact]
    public void An_error_is_read_with_and_without_a_state()
    {
        var error = ErrorPacket.Read([0xFF, 0x26, 0x04, (byte)'#', .. "23000Duplicate entry"u8], 3);
        Assert.Equal((1062, "23000", "Duplicate entry", 3), (error.Number, error.SqlState, error.Message, error.StatementIndex));
        error = ErrorPacket.Read([0xFF, 0x10, 0x04, .. "Too many connections"u8]);
        Assert.Equal((1040, null, "Too many connections"), (error.Number, error.SqlState, error.Message));
    }

    [Fact]
    public void A_greeting_of_MySQL_and_one_of_MariaDB_are_read()
    {
        byte[] nonce = [.. Enumerable.Range(1, 20).Select(i => (byte)i)];
        byte[] Greeting(string version, byte[] reserved, string plugin) =>
            [
                10,
                .. System.Text.Encoding.ASCII.GetBytes(version),
                0,
                7,
                1,
                0,
                0,
                .. nonce[..8],
                0,
                0xFF,
                0xFF,
                45,
                2,
                0,
                0xFF,
                0xDF,
                21,
                .. reserved,
                .. nonce[8..],
                0,
                .. System.Text.Encoding.ASCII.GetBytes(plugin),
                0,
            ];
        var mysql = ServerGreeting.Read(Greeting("9.7.4", new byte[10], "caching_sha2_password"), "x");
        Assert.Equal(("9.7.4", 263u, "caching_sha2_password"), (mysql.VersionText, mysql.ConnectionId, mysql.Plugin));
        Assert.Equal(nonce, mysql.Nonce);
        Assert.True(mysql.Capabilities.HasFlag(Capabilities.DeprecateEof | Capabilities.Tls));
        // MariaDB has further capabilities in the last of the reserved bytes.
        var mariaDb = ServerGreeting.Read(
            Greeting("5.5.5-10.11.6-MariaDB", [0, 0, 0, 0, 0, 0, 0x1D, 0, 0, 0], "mysql_native_password"),
            "x"
        );
        Assert.Equal(nonce, mariaDb.Nonce);
        Assert.Equal(
            (ServerFlavour.MariaDb, "10.11.6-MariaDB"),
            (ServerVersionText.Flavour(mariaDb.VersionText), ServerVersionText.Clean(mariaDb.VersionText))
        );
        Assert.Equal(ServerFlavour.OceanBase, ServerVersionText.Flavour("5.7.25-OceanBase_CE-v4.2.1.8"));
        Assert.Equal(ServerFlavour.MySql, ServerVersionText.Flavour("8.0.36"));
    }

    [Property]
    public bool Whatever_comes_is_a_value_or_a_protocol_error(byte[] payload)
    {
        Action[] readers =
        [
            () => OkPacket.Read(payload),
            () => OkPacket.ReadEof(payload),
            () => ErrorPacket.Read(payload),
            () => ServerGreeting.Read(payload, "x"),
            () => ColumnDefinition.Read(payload),
        ];
        return readers.All(read => Record.Exception(read) is null or MySqlException);
    }
}
