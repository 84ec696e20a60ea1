using Oms.MySql.Packets;

namespace Oms.MySql.Tests.Fuzzing;

/// <summary>Packets that real servers sent (Seeds/README.md), sorted by what they are.</summary>
internal static class RecordedPackets
{
    /// <summary>All that a server sent, packets with their headers.</summary>
    public static IReadOnlyList<byte[]> Conversations { get; } =
    [
        .. Directory
            .GetFiles(Path.Combine(AppContext.BaseDirectory, "Fuzzing/Seeds"), "*.packets")
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes),
    ];

    private static readonly List<byte[]> s_payloads = [.. Conversations.SelectMany(Split)];

    private static readonly byte[] s_catalog = [3, .. "def"u8];

    public static IEnumerable<byte[]> Greetings =>
        s_payloads.Where(p => p[0] == 10 && p.Length > 60 && p.AsSpan().IndexOf("password"u8) > 0);

    public static IEnumerable<byte[]> Oks => s_payloads.Where(p => p[0] is OkPacket.Header or OkPacket.EndHeader && p.Length < 40);

    public static IEnumerable<byte[]> Errors => s_payloads.Where(p => p[0] == ErrorPacket.Header);

    public static IEnumerable<byte[]> ColumnDefinitions => s_payloads.Where(IsColumn);

    public static IEnumerable<byte[]> Rows =>
        s_payloads.Where(p => p[0] is not (OkPacket.Header or OkPacket.EndHeader or ErrorPacket.Header) && p.Length > 1 && !IsColumn(p));

    private static bool IsColumn(byte[] payload) => payload.AsSpan().StartsWith(s_catalog);

    private static IEnumerable<byte[]> Split(byte[] stream)
    {
        for (var at = 0; at < stream.Length; )
        {
            var length = stream[at] | stream[at + 1] << 8 | stream[at + 2] << 16;
            at += PacketReader.HeaderSize + length;
            if (length > 0)
                yield return stream[(at - length)..at];
        }
    }
}
