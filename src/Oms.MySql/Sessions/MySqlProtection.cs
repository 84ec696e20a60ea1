namespace Oms.MySql;

/// <summary>What protects a connection.</summary>
public enum MySqlProtection
{
    /// <summary>Nothing: whoever sits between reads and changes what he likes.</summary>
    None,

    /// <summary>TLS with a certificate that was not proven to be the server's: safe from who only listens.</summary>
    Encrypted,

    /// <summary>TLS with a certificate that was: it comes from a trusted authority, or is the pinned one.</summary>
    Verified,

    /// <summary>It does not leave this machine.</summary>
    UnixSocket,
}
