using System.Buffers.Binary;
using Oms.KeyRanges;
using Oms.Rows;

namespace Oms.Verification;

/// <summary>A row that differs, as it was last seen.</summary>
/// <param name="Key">The key, a text row of its columns.</param>
/// <param name="Source">A hash of the source's row.</param>
/// <param name="Destination">A hash of the destination's row.</param>
/// <param name="Standing">In how many looks, one behind the other, a side's row was still the same though the link had brought all that
/// stood in the log before: such a row is not on its way.</param>
/// <param name="Moving">In how many looks, one behind the other, both sides' rows had become others.</param>
internal readonly record struct Difference(
    DifferenceKind Kind,
    ReadOnlyMemory<byte> Key,
    ulong Source = 0,
    ulong Destination = 0,
    byte Standing = 0,
    byte Moving = 0
)
{
    /// <summary>What is known of it after another look.</summary>
    /// <param name="isCarried">Whether the link has brought all that stood in the log at the look before.</param>
    public Difference Again(DifferenceKind kind, ulong source, ulong destination, bool isCarried)
    {
        var stands = source == Source || destination == Destination;
        return this with
        {
            Kind = kind,
            Source = source,
            Destination = destination,
            Standing = isCarried && stands ? More(Standing) : (byte)0,
            Moving = isCarried && !stands ? More(Moving) : (byte)0,
        };
    }

    private static byte More(byte count) => (byte)Math.Min(count + 1, byte.MaxValue);
}

/// <summary>Rows that differ, packed: a million of them must fit.</summary>
internal sealed class DifferenceList(int maxRows, int maxBytes)
{
    private const int SourceOffset = 3,
        DestinationOffset = SourceOffset + sizeof(ulong),
        LengthOffset = DestinationOffset + sizeof(ulong),
        HeaderBytes = LengthOffset + sizeof(int);

    private readonly ByteBuffer _entries = new(1024);

    public int Count { get; private set; }

    /// <summary>Whether there are more differences than are worth looking at one by one.</summary>
    public bool IsFull => Count >= maxRows || _entries.Length >= maxBytes;

    public void Add(Difference difference)
    {
        if (IsFull)
            return;
        var header = _entries.GetSpan(HeaderBytes);
        (header[0], header[1], header[2]) = ((byte)difference.Kind, difference.Standing, difference.Moving);
        BinaryPrimitives.WriteUInt64LittleEndian(header[SourceOffset..], difference.Source);
        BinaryPrimitives.WriteUInt64LittleEndian(header[DestinationOffset..], difference.Destination);
        BinaryPrimitives.WriteInt32LittleEndian(header[LengthOffset..], difference.Key.Length);
        _entries.Advance(HeaderBytes);
        _entries.Write(difference.Key.Span);
        Count++;
    }

    /// <summary>The entries in the order in which they came.</summary>
    public IEnumerable<Difference> Entries()
    {
        var rest = _entries.Written;
        while (!rest.IsEmpty)
        {
            var header = rest.Span[..HeaderBytes];
            var end = HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(header[LengthOffset..]);
            yield return new Difference(
                (DifferenceKind)header[0],
                rest[HeaderBytes..end],
                BinaryPrimitives.ReadUInt64LittleEndian(header[SourceOffset..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[DestinationOffset..]),
                header[1],
                header[2]
            );
            rest = rest[end..];
        }
    }
}
