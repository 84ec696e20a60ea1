namespace Oms.MySql.Login;

internal static class Xor
{
    /// <summary>XORs <paramref name="key"/>, repeated as needed, into <paramref name="target"/>.</summary>
    public static void Into(Span<byte> target, ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < target.Length; i++)
            target[i] ^= key[i % key.Length];
    }
}
