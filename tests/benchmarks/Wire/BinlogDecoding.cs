using System.Buffers;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;

namespace Oms.Benchmarks.Wire;

/// <summary>A whole log in memory, checksums verified, every image decoded to a text row.</summary>
public class BinlogDecoding
{
    private const int MagicSize = 4,
        LengthOffset = 9;

    private readonly ArrayBufferWriter<byte> _output = new(4 * 1024 * 1024);
    private readonly LogDecoder _decoder = new();

    /// <summary>The log's file, whole.</summary>
    internal static byte[] Log { get; set; } = [];

    /// <summary>The row images that it holds.</summary>
    internal static long CountRows()
    {
        var benchmark = new BinlogDecoding();
        benchmark.Decode();
        return benchmark._decoder.Rows;
    }

    /// <summary>Bytes allocated while the whole log is decoded once more; but for the FORMAT_DESCRIPTION event at its beginning, which is
    /// read once a file.</summary>
    internal static long AllocatedByAPass()
    {
        var benchmark = new BinlogDecoding();
        benchmark.Decode();
        var before = GC.GetAllocatedBytesForCurrentThread();
        benchmark.Decode(benchmark.DecodeFirst());
        var whole = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        benchmark.DecodeFirst();
        return whole - (GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Benchmark]
    public void Decode() => Decode(DecodeFirst());

    private ReadOnlyMemory<byte> DecodeFirst() => DecodeOne(Log.AsMemory(MagicSize));

    private void Decode(ReadOnlyMemory<byte> rest)
    {
        while (rest.Length > 0)
            rest = DecodeOne(rest);
    }

    private ReadOnlyMemory<byte> DecodeOne(ReadOnlyMemory<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest.Span[LengthOffset..]);
        _decoder.Decode(rest[..length], _output);
        _output.ResetWrittenCount();
        return rest[length..];
    }
}
