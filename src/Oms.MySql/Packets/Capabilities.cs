namespace Oms.MySql.Packets;

/// <summary>What client and server agree on in the handshake
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html).</summary>
[Flags]
internal enum Capabilities : uint
{
    None = 0,
    LongPassword = 1,

    /// <summary>Affected rows of an UPDATE are those that matched, changed or not.</summary>
    FoundRows = 1 << 1,
    LongFlag = 1 << 2,
    ConnectWithDatabase = 1 << 3,
    LocalFiles = 1 << 7,
    Protocol41 = 1 << 9,
    Tls = 1 << 11,
    Transactions = 1 << 13,
    SecureConnection = 1 << 15,
    MultiStatements = 1 << 16,
    MultiResults = 1 << 17,
    PluginAuth = 1 << 19,
    ConnectAttributes = 1 << 20,
    PluginAuthLengthEncoded = 1 << 21,
    DeprecateEof = 1 << 24,
}

/// <summary>The state that a server tells with the end of each result.</summary>
[Flags]
internal enum ServerStatus : ushort
{
    None = 0,
    InTransaction = 1,
    AutoCommit = 2,
    MoreResults = 8,
    NoBackslashEscapes = 0x200,
}

/// <summary>The first byte of a command.</summary>
internal static class Command
{
    public const byte Quit = 0x01;
    public const byte Query = 0x03;
    public const byte BinlogDump = 0x12;
    public const byte RegisterSlave = 0x15;
    public const byte BinlogDumpGtid = 0x1E;
}
