using System.Buffers.Binary;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>Makes damaged input of sound input: cut short, bits flipped, numbers made extreme, parts doubled, lost, moved or taken from
/// another input; and sometimes mere noise.</summary>
internal static class Mutation
{
    private const int GreatestNoise = 300,
        MostChanges = 6;

    private static readonly ulong[] s_extremes =
    [
        0,
        1,
        2,
        3,
        7,
        8,
        0x7F,
        0x80,
        0xFA,
        0xFB,
        0xFC,
        0xFD,
        0xFE,
        0xFF,
        0x100,
        0x7FFF,
        0x8000,
        0xFFFF,
        0x10000,
        0xFFFFFF,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFFFFF,
        0x7FFFFFFFFFFFFFFF,
        0x8000000000000000,
        ulong.MaxValue,
    ];

    public static byte[] Of(IReadOnlyList<byte[]> seeds, ref FuzzRandom random)
    {
        if (random.Below(50) == 0)
        {
            var noise = new byte[random.Below(GreatestNoise)];
            random.Fill(noise);
            return noise;
        }
        var bytes = (byte[])seeds[random.Below(seeds.Count)].Clone();
        for (var changes = 1 + random.Below(MostChanges); changes > 0; changes--)
            bytes = Change(bytes, seeds, ref random);
        return bytes;
    }

    private static byte[] Change(byte[] bytes, IReadOnlyList<byte[]> seeds, ref FuzzRandom random)
    {
        if (bytes.Length == 0)
            return [(byte)random.Next()];
        var at = random.Below(bytes.Length);
        switch (random.Below(12))
        {
            case 0:
                return bytes[..at];
            case 1 or 2 or 3:
                bytes[at] ^= (byte)(1 << random.Below(8));
                return bytes;
            case 4:
                bytes[at] = (byte)random.Next();
                return bytes;
            case 5 or 6:
                bytes[at] = (byte)s_extremes[random.Below(14)];
                return bytes;
            case 7 or 8:
                Span<byte> number = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(number, s_extremes[random.Below(s_extremes.Length)]);
                number[..Math.Min(1 << random.Below(4), bytes.Length - at)].CopyTo(bytes.AsSpan(at));
                return bytes;
            case 9:
                return [.. bytes[..at], .. bytes[Part(bytes.Length, ref random)], .. bytes[at..]];
            case 10:
                var (start, length) = Part(bytes.Length, ref random).GetOffsetAndLength(bytes.Length);
                return [.. bytes[..start], .. bytes[(start + length)..]];
            default:
                var other = seeds[random.Below(seeds.Count)];
                return other.Length == 0 ? bytes : [.. bytes[..at], .. other[random.Below(other.Length)..]];
        }
    }

    private static Range Part(int length, ref FuzzRandom random)
    {
        var start = random.Below(length);
        return start..(start + 1 + random.Below(Math.Min(64, length - start)));
    }
}
