using System.IO.Compression;

namespace Oms.MySql.Binlog;

/// <summary>
/// MariaDB's <c>log_bin_compress</c>: a byte 0x80 | algorithm &lt;&lt; 4 | n, then n bytes of the original length (most significant first),
/// then the data; algorithm 0 is zlib (https://mariadb.com/kb/en/query_compressed_event/).
/// </summary>
internal static class MariaDbEventCompression
{
    public static byte[] Decompress(ReadOnlySpan<byte> compressed)
    {
        var reader = new EventReader(compressed, "A compressed event");
        var first = reader.Byte();
        if ((first & 0xF0) != 0x80)
            throw new BinlogFormatException(
                $"An event is compressed by algorithm {(first & 0x70) >> 4}, which is not known (0 is zlib); set log_bin_compress=OFF at the server."
            );
        var sizeOfLength = first & 0x07;
        if (sizeOfLength is < 1 or > 4)
            throw new BinlogFormatException($"A compressed event gives its length in {sizeOfLength} bytes; 1 to 4 are expected.");
        long length = 0;
        foreach (var digit in reader.Take(sizeOfLength))
            length = length << 8 | digit;
        return Inflater.Inflate(reader.TakeRest(), length, raw: false, "A compressed event");
    }
}

/// <summary>zlib and raw deflate data whose decompressed length is known beforehand.</summary>
internal static class Inflater
{
    // What a deflate stream can grow to at most; a greater announced length is a lie that would only cost memory.
    private const int GreatestRatio = 1032;

    /// <exception cref="BinlogFormatException">The data is damaged or has another length than announced.</exception>
    public static unsafe byte[] Inflate(ReadOnlySpan<byte> data, long length, bool raw, string what)
    {
        if (length > Array.MaxLength || length > (long)data.Length * GreatestRatio)
            throw new BinlogFormatException($"{what} of {data.Length} bytes announces {length} bytes of content, more than it can hold.");
        if (data.IsEmpty)
            throw new BinlogFormatException($"{what} has no data.");
        var output = new byte[length];
        try
        {
            fixed (byte* pointer = data)
            {
                using var stream = new UnmanagedMemoryStream(pointer, data.Length);
                using Stream inflate = raw
                    ? new DeflateStream(stream, CompressionMode.Decompress)
                    : new ZLibStream(stream, CompressionMode.Decompress);
                inflate.ReadExactly(output);
                if (inflate.ReadByte() >= 0)
                    throw new BinlogFormatException($"{what} announces {length} bytes of content and holds more.");
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new BinlogFormatException($"{what} can't be decompressed to the {length} bytes that it announces.", e);
        }
        return output;
    }
}
