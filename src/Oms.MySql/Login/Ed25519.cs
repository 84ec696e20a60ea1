using System.Numerics;
using System.Security.Cryptography;

namespace Oms.MySql.Login;

/// <summary>
/// Ed25519 signatures (RFC 8032, 5.1) from an expanded key, which neither .NET nor the usual libraries take. A log-in signs once, so plain
/// big-integer arithmetic will do; every bit of a scalar costs the same two point operations.
/// </summary>
internal static class Ed25519
{
    private static readonly BigInteger s_p = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger s_order =
        BigInteger.Pow(2, 252)
        + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);
    private static readonly BigInteger s_d = Mod(-121665 * Invert(121666));
    private static readonly Point s_base = BasePoint();

    /// <summary>A point in extended homogeneous coordinates: x = X/Z, y = Y/Z, xy = T/Z.</summary>
    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T)
    {
        public static readonly Point Neutral = new(0, 1, 1, 0);

        public Point Add(in Point other)
        {
            var a = Mod((Y - X) * (other.Y - other.X));
            var b = Mod((Y + X) * (other.Y + other.X));
            var c = Mod(T * 2 * s_d * other.T);
            var d = Mod(Z * 2 * other.Z);
            var (e, f, g, h) = (b - a, d - c, d + c, b + a);
            return new Point(Mod(e * f), Mod(g * h), Mod(f * g), Mod(e * h));
        }

        public Point Multiply(BigInteger scalar)
        {
            var (low, high) = (Neutral, this);
            for (var bit = 255; bit >= 0; bit--)
            {
                var sum = low.Add(high);
                (low, high) = ((scalar >> bit) & 1) == 0 ? (low.Add(low), sum) : (sum, high.Add(high));
            }
            return low;
        }

        public byte[] Encode()
        {
            var inverse = Invert(Z);
            var (x, y) = (Mod(X * inverse), Mod(Y * inverse));
            var bytes = LittleEndian(y);
            bytes[31] |= (byte)(x.IsEven ? 0 : 0x80);
            return bytes;
        }
    }

    /// <summary>The public key of an expanded key (64 bytes: the scalar, not yet clamped, and the prefix).</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> expandedKey) => s_base.Multiply(Scalar(expandedKey)).Encode();

    /// <summary>The signature, 64 bytes: R and S.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> expandedKey, ReadOnlySpan<byte> message)
    {
        var scalar = Scalar(expandedKey);
        var publicKey = s_base.Multiply(scalar).Encode();
        var r = Hash([.. expandedKey[32..], .. message]);
        var encodedR = s_base.Multiply(r).Encode();
        var k = Hash([.. encodedR, .. publicKey, .. message]);
        return [.. encodedR, .. LittleEndian((r + k * scalar) % s_order)];
    }

    private static BigInteger Scalar(ReadOnlySpan<byte> expandedKey)
    {
        var bytes = expandedKey[..32].ToArray();
        bytes[0] &= 0xF8;
        bytes[31] = (byte)(bytes[31] & 0x7F | 0x40);
        return new BigInteger(bytes, isUnsigned: true);
    }

    private static BigInteger Hash(byte[] bytes) => new BigInteger(SHA512.HashData(bytes), isUnsigned: true) % s_order;

    private static Point BasePoint()
    {
        var y = Mod(4 * Invert(5));
        var y2 = Mod(y * y);
        var x = SquareRoot(Mod((y2 - 1) * Invert(Mod(s_d * y2 + 1))));
        if (!x.IsEven)
            x = s_p - x;
        return new Point(x, y, 1, Mod(x * y));
    }

    private static BigInteger SquareRoot(BigInteger square)
    {
        var root = BigInteger.ModPow(square, (s_p + 3) / 8, s_p);
        return Mod(root * root) == square ? root : Mod(root * BigInteger.ModPow(2, (s_p - 1) / 4, s_p));
    }

    private static BigInteger Invert(BigInteger value) => BigInteger.ModPow(Mod(value), s_p - 2, s_p);

    private static BigInteger Mod(BigInteger value)
    {
        var rest = value % s_p;
        return rest.Sign < 0 ? rest + s_p : rest;
    }

    private static byte[] LittleEndian(BigInteger value)
    {
        var bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
