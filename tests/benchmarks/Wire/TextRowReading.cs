using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Oms.MySql.Packets;

namespace Oms.Benchmarks.Wire;

/// <summary>A recorded result cut into packets and its rows into values, from memory.</summary>
public class TextRowReading
{
    private readonly ReadOnlyMemory<byte> _result = Result;

    /// <summary>The recorded packets.</summary>
    internal static ReadOnlyMemory<byte> Result { get; set; }

    [Benchmark]
    public async Task<long> Read()
    {
        MemoryMarshal.TryGetArray(_result, out var bytes);
        var packets = new PacketReader(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)) { Sequence = 1 };
        for (var i = 0; i < 1 + RecordedResult.Columns; i++)
            await packets.ReadAsync();
        long values = 0;
        while (true)
        {
            if (!packets.TryRead(out var row))
                row = await packets.ReadAsync();
            if (row.Span[0] == OkPacket.EndHeader)
                return values;
            values += RecordedResult.Values(row.Span);
        }
    }
}
