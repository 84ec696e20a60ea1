namespace Oms.MySql.Binlog;

/// <summary>
/// MariaDB's COMPRESSED columns: a header byte (algorithm in the high four bits, 8 is zlib and 0 none; bit 3: raw deflate; bits 0–2: bytes
/// of the length), the original length, most significant byte first, then the data
/// (https://mariadb.com/kb/en/storage-engine-independent-column-compression/). An empty value has no header.
/// </summary>
internal static class ColumnCompression
{
    private const int None = 0,
        Zlib = 8;

    /// <summary>Whether the value stands behind the header as it is.</summary>
    public static bool TryGetPlain(ReadOnlySpan<byte> stored, out ReadOnlySpan<byte> value)
    {
        value = stored.IsEmpty ? stored : stored[1..];
        return stored.IsEmpty || stored[0] >> 4 == None;
    }

    /// <exception cref="BinlogFormatException">The value is damaged or compressed by something else than zlib.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> stored)
    {
        var header = stored[0];
        if (header >> 4 != Zlib)
            throw new BinlogFormatException(
                $"A COMPRESSED column's value is compressed by method {header >> 4}, which is not known (8 is zlib)."
            );
        var sizeOfLength = header & 0x07;
        if (sizeOfLength is < 1 or > 4 || stored.Length < 1 + sizeOfLength)
            throw new BinlogFormatException("A COMPRESSED column's value has no valid length.");
        long length = 0;
        foreach (var b in stored.Slice(1, sizeOfLength))
            length = length << 8 | b;
        return Inflater.Inflate(stored[(1 + sizeOfLength)..], length, raw: (header & 0x08) != 0, "A COMPRESSED column's value");
    }
}
