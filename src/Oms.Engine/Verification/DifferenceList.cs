using System.Buffers.Binary;
using Oms.KeyRanges;

namespace Oms.Verification;

/// <summary>How a row differs.</summary>
internal enum DifferenceKind : byte { Mismatched, SourceOnly, DestinationOnly }

/// <summary>Keys of rows that differ, packed: a million of them must fit.</summary>
internal sealed class DifferenceList(int maxRows, int maxBytes)
{
    private readonly ByteBuffer _entries = new(1024);

    public int Count { get; private set; }

    /// <summary>Whether there are more differences than are worth looking at one by one.</summary>
    public bool IsFull => Count >= maxRows || _entries.Length >= maxBytes;

    public void Add(DifferenceKind kind, ReadOnlySpan<byte> key)
    {
        if (IsFull)
            return;
        _entries.Write((byte)kind);
        BinaryPrimitives.WriteInt32LittleEndian(_entries.GetSpan(sizeof(int)), key.Length);
        _entries.Advance(sizeof(int));
        _entries.Write(key);
        Count++;
    }

    /// <summary>The entries in the order in which they came.</summary>
    public IEnumerable<(DifferenceKind Kind, ReadOnlyMemory<byte> Key)> Entries()
    {
        var rest = _entries.Written;
        while (!rest.IsEmpty)
        {
            var kind = (DifferenceKind)rest.Span[0];
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest.Span[1..]);
            yield return (kind, rest.Slice(1 + sizeof(int), length));
            rest = rest[(1 + sizeof(int) + length)..];
        }
    }
}
