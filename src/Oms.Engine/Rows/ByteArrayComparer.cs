namespace Oms.Rows;

/// <summary>Compares keys by their bytes.</summary>
internal sealed class ByteArrayComparer : IEqualityComparer<byte[]>
{
    public static readonly ByteArrayComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => unchecked((int)System.IO.Hashing.XxHash3.HashToUInt64(obj));
}
