using Oms.MySql.Login;
using Oms.MySql.Packets;
using Oms.MySql.Tests.Protocol;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>What reads a server's packets.</summary>
internal static class PacketTargets
{
    private static readonly byte[] s_column =
    [
        3,
        .. "def"u8,
        1,
        (byte)'d',
        1,
        (byte)'t',
        1,
        (byte)'t',
        1,
        (byte)'x',
        1,
        (byte)'x',
        12,
        45,
        0,
        10,
        0,
        0,
        0,
        253,
        1,
        0,
        4,
        0,
        0,
    ];
    private static readonly byte[] s_ok = [0, 0xFC, 0x2C, 0x01, 5, 0x0A, 0, 3, 0, 2, .. "hi"u8];
    private static readonly byte[] s_error = [0xFF, 0x26, 0x04, (byte)'#', .. "23000Duplicate entry"u8];
    private static readonly byte[] s_row = [3, .. "abc"u8, 0xFB, 0, 0xFC, 5, 0, .. "12345"u8, 0xFD, 2, 0, 0, .. "xy"u8];

    private static readonly Credentials s_credentials = new(
        new SessionOptions("Server=x;User ID=u;Password=p;AllowPublicKeyRetrieval=true"),
        tls: null
    );

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Packet(
            "greeting",
            40_000,
            [FakeServer.Greeting(), FakeServer.Greeting("caching_sha2_password"), .. RecordedPackets.Greetings],
            p => ServerGreeting.Read(p, "x")
        ),
        Packet("OK", 40_000, [s_ok, .. RecordedPackets.Oks], p => OkPacket.Read(p)),
        Packet(
            "EOF",
            10_000,
            [
                [0xFE, 1, 0, 2, 0],
            ],
            p => OkPacket.ReadEof(p)
        ),
        Packet(
            "error",
            20_000,
            [s_error, [0xFF, 0x10, 0x04, .. "Too many connections"u8], .. RecordedPackets.Errors],
            p => ErrorPacket.Read(p)
        ),
        Packet("column definition", 50_000, [s_column, .. RecordedPackets.ColumnDefinitions], p => ColumnDefinition.Read(p)),
        Packet(
            "answer of an authentication",
            20_000,
            [
                [0, 3],
                [0, 4],
                [1, 4],
                [1, .. "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----"u8],
                [2, 1],
                [3, .. new byte[32]],
                [3, .. new byte[33]],
            ],
            Authenticate
        ),
        Packet(
            "answer of parsec",
            500,
            [
                [(byte)'P', 0, .. new byte[18]],
            ],
            p => new ParsecPassword().Continue(s_credentials, new byte[32], p)
        ) with
        {
            GreatestGrowth = 200_000,
        }, // few, and large: each is a signature, whose arithmetic makes numbers, under a key that is slow to derive
        Packet(
            "packet framing",
            40_000,
            [Packets([1], s_column, s_row, s_ok), Packets([.. new byte[300]], s_row), Packets(s_error)],
            ReadPackets
        ) with
        {
            GreatestGrowth = 8,
        },
        new("text row", 60_000, [s_row, .. RecordedPackets.Rows], typeof(FormatException), ReadRow),
    ];

    private static FuzzTarget Packet(string name, int cases, IReadOnlyList<byte[]> seeds, Action<byte[]> read) =>
        new(name, cases, seeds, typeof(MySqlException), read);

    private static void ReadRow(byte[] bytes)
    {
        var row = new TextRow(bytes);
        while (row.TryRead(out _, out _)) { }
    }

    // The first byte says which plugin, and whether it has been asked for more before.
    private static void Authenticate(byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        string[] names = [CachingSha2Password.Name, Sha256Password.Name, NativePassword.Name, Ed25519Password.Name];
        var plugin = AuthenticationPlugins.Create(names[bytes[0] % names.Length]);
        if (plugin is CachingSha2Password && bytes[0] >= 0x80)
            plugin.Continue(s_credentials, new byte[20], [4]);
        if (plugin is not Ed25519Password)
            plugin.Start(s_credentials, bytes.AsSpan(1));
        plugin.Continue(s_credentials, new byte[20], bytes.AsSpan(1));
    }

    private static byte[] Packets(params byte[][] payloads) =>
        [.. payloads.SelectMany((p, i) => new[] { (byte)p.Length, (byte)(p.Length >> 8), (byte)(p.Length >> 16), (byte)i }.Concat(p))];

    private static void ReadPackets(byte[] bytes)
    {
        var packets = new PacketReader(new MemoryStream(bytes, writable: false), bufferSize: 64);
        try
        {
            while (true)
                packets.ReadAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (EndOfStreamException)
        {
            // The transport makes a lost connection of it.
        }
    }
}
