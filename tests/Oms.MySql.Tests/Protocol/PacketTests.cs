using FsCheck.Xunit;
using Oms.MySql.Packets;
using Xunit;

namespace Oms.MySql.Tests.Protocol;

public class PacketTests
{
    private const int Max = PacketReader.MaxPacketPayload;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(70_000, 1)]
    [InlineData(Max - 1, 1)]
    [InlineData(Max, 2)]
    [InlineData(Max + 1, 2)]
    [InlineData(2 * Max, 3)]
    [InlineData(2 * Max + 5, 3)]
    public async Task A_payload_is_split_and_joined_where_the_protocol_says(int size, int packets)
    {
        var payload = new byte[size];
        new Random(size).NextBytes(payload);
        var wire = new MemoryStream();
        var writer = new PacketWriter(wire);
        await writer.WriteAsync(payload.AsMemory(0, Math.Min(3, size)), payload.AsMemory(Math.Min(3, size)));
        Assert.Equal(size + 4 * packets, wire.Length);
        Assert.Equal(packets, writer.Sequence);

        wire.Position = 0;
        var reader = new PacketReader(new TricklingStream(wire, 1_000_003));
        Assert.True((await reader.ReadAsync()).Span.SequenceEqual(payload));
        Assert.Equal(packets, reader.Sequence);
        Assert.False(reader.HasBufferedBytes);
    }

    [Property(MaxTest = 50)]
    public bool Payloads_come_out_as_they_went_in_however_the_stream_is_cut(byte[][] payloads, byte chunk)
    {
        var wire = new MemoryStream();
        var writer = new PacketWriter(wire);
        foreach (var payload in payloads)
            writer.WriteAsync(default, payload).AsTask().GetAwaiter().GetResult();
        wire.Position = 0;
        var reader = new PacketReader(new TricklingStream(wire, chunk + 1));
        return payloads.All(payload => reader.ReadAsync().AsTask().GetAwaiter().GetResult().Span.SequenceEqual(payload));
    }

    [Fact]
    public async Task A_packet_out_of_sequence_is_an_error()
    {
        var reader = new PacketReader(new MemoryStream([1, 0, 0, 7, 42]));
        Assert.Equal(2027, (await Assert.ThrowsAsync<MySqlException>(async () => await reader.ReadAsync())).Number);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 5, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 0, 1, 2 })]
    public async Task A_stream_that_ends_early_is_an_end_of_stream(byte[] bytes) =>
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await new PacketReader(new MemoryStream(bytes)).ReadAsync());

    [Fact]
    public async Task A_huge_row_does_not_pin_its_memory()
    {
        var wire = new MemoryStream();
        var writer = new PacketWriter(wire);
        await writer.WriteAsync(default, new byte[10_000_000]);
        await writer.WriteAsync(default, new byte[10]);
        await writer.WriteAsync(default, new byte[10]);
        wire.Position = 0;
        var reader = new PacketReader(new TricklingStream(wire, 10_000_004));
        await reader.ReadAsync();
        await reader.ReadAsync();
        await reader.ReadAsync();
        Assert.True(reader.BufferCapacity < 1_000_000, $"{reader.BufferCapacity}");
    }

    /// <summary>Gives at most so many bytes a read, as a network does.</summary>
    private sealed class TricklingStream(Stream inner, int most) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, most));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
