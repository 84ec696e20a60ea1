using Oms.MySql.Replication;

namespace Oms.MySql.Tests.Replication;

/// <summary>Binlog files that real servers wrote, with the rows that the server held at their end (<c>Recorded/README.md</c> says how they are made).</summary>
internal static class RecordedLog
{
    private const int MagicLength = 4;

    /// <summary>The events of a binlog file, each with the format that it is in.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Bytes, BinlogEventHeader Header, FormatDescription Format)> Events(ReadOnlyMemory<byte> file)
    {
        var format = FormatDescription.Parse(file.Span[MagicLength..(MagicLength + (int)BinlogEventHeader.Parse(file.Span[MagicLength..]).Length)]);
        for (var at = MagicLength; at < file.Length;)
        {
            var header = BinlogEventHeader.Parse(file.Span[at..]);
            var bytes = file.Slice(at, (int)header.Length);
            format.VerifyChecksum(bytes.Span);
            yield return (bytes, header, format);
            at += bytes.Length;
        }
    }

    /// <summary>The state that a log leaves.</summary>
    public static ReplayedState Replay(ReadOnlyMemory<byte> file, Func<string, string, IReadOnlyList<ColumnShape>?> columns)
    {
        var state = new ReplayedState(columns);
        foreach (var (bytes, header, format) in Events(file))
            state.Apply(bytes, header, format);
        return state;
    }
}
