using Oms.MySql.Packets;

namespace Oms.MySql.Login;

/// <summary>The random bytes of a server that make each answer to it another one.</summary>
internal static class Nonce
{
    /// <summary>Bytes that MySQL's methods have.</summary>
    public const int Size = 20;

    /// <summary>Bytes that MariaDB's own methods have.</summary>
    public const int LongSize = 32;

    /// <exception cref="MySqlException">2027: it has another length, with which an answer would say more of the password than it should, or
    /// nothing.</exception>
    public static void Require(ReadOnlySpan<byte> nonce, string plugin, int size = Size)
    {
        if (nonce.Length != size)
            throw ClientError.Malformed($"a nonce of {nonce.Length} bytes for {plugin}, which has {size}");
    }
}
