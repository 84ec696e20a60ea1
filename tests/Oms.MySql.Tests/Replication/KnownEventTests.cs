using Oms.MySql.Binlog;
using static Oms.MySql.Tests.Replication.FakeDump;

namespace Oms.MySql.Tests.Replication;

/// <summary>A log is gone on with only if it is the one that was read: names and offsets come again after a reset, on a restored server and
/// on a replica.</summary>
public sealed class KnownEventTests
{
    private const string File = "b.000003";
    private static readonly byte[] s_last = Event(BinlogEventType.Xid, 5000, 200, [7, 0, 0, 0, 0, 0, 0, 0]);
    private static readonly byte[] s_next = Event(BinlogEventType.Xid, 5001, 231, [8, 0, 0, 0, 0, 0, 0, 0]);
    private static readonly KnownEvent s_known = new(
        new BinlogPosition(File, 169),
        BinlogEventHeader.Parse(s_last),
        KnownEvent.ChecksumOf(s_last, hasChecksum: true),
        FileTime: 4000
    );

    private static BinlogStreamOptions Options(KnownEvent known) => new() { ServerId = 1, Known = known };

    [Fact]
    public async Task The_log_goes_on_behind_the_known_event_when_it_is_there()
    {
        await using var server = new FakeDump(Rotate(File, 169), Format(4000), s_last, s_next);
        var events = await server.ReadAsync(Options(s_known), 1);
        Assert.Equal(s_next, events[0].Bytes);
        Assert.Equal(new BinlogPosition(File, 231), events[0].Position);
        Assert.Equal(s_known.Start, server.Asked);
    }

    [Fact]
    public async Task A_reader_that_knows_only_a_files_beginning_gets_its_first_event()
    {
        var format = FormatDescription.Parse(Format(4000));
        await using var server = new FakeDump(Rotate(File, 169), Format(4000), s_last);
        var events = await server.ReadAsync(Options(KnownEvent.OfFile(new BinlogPosition(File, 169), format)), 1);
        Assert.Equal(s_last, events[0].Bytes);
    }

    public static TheoryData<string, byte[][]> OtherLogs =>
        new()
        {
            { "the server's log ends before it", [Rotate(File, 169), Format(4000), Heartbeat(File, 169)] },
            { "has another one there", [Rotate(File, 169), Format(4000), s_next] },
            { "has another one there", [Rotate(File, 169), Format(4000), Event(BinlogEventType.Xid, 5000, 200, [9, 0, 0, 0, 0, 0, 0, 0])] },
            { "was begun at", [Rotate(File, 169), Format(4001), s_last] },
            { "goes on with b.000004", [Rotate(File, 169), Format(4000), Rotate("b.000004"), Format(4000, 100), s_last] },
            { "has no such event there", [Rotate(File, 169), Format(4000), [.. new byte[60]]] },
            { "has no such event there", [Rotate(File, 169), Format(4000), s_last[..^1]] },
        };

    [Theory]
    [MemberData(nameof(OtherLogs))]
    public async Task Another_log_is_refused(string reason, byte[][] events)
    {
        await using var server = new FakeDump(events);
        var error = await Assert.ThrowsAsync<OtherLogException>(() => server.ReadAsync(Options(s_known), 1));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("The log was read up to b.000003:169", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_log_is_refused_at_once_when_the_connection_is_made_anew()
    {
        await using var server = new FakeDump(Rotate(File, 169), Format(4001), s_last);
        await using var stream = new ReconnectingBinlogStream(
            server.Options,
            new BinlogStreamOptions { ServerId = 1, Position = new(File, 200) },
            new ReconnectOptions { Resume = ResumePoint.Event, Known = () => s_known }
        );
        await Assert.ThrowsAsync<OtherLogException>(() => stream.ReadAsync().AsTask());
        Assert.Equal(1, server.Dumps);
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(5001u, false)]
    public async Task A_file_that_the_one_before_does_not_lead_to_is_only_a_servers_that_was_started_again(uint created, bool isRefused)
    {
        await using var server = new FakeDump(Rotate(File, 169), Format(4000), s_last, Rotate("b.000004"), Format(5001, 127, created));
        var read = server.ReadAsync(new BinlogStreamOptions { ServerId = 1, Position = new(File, 169) }, 5);
        if (isRefused)
            Assert.Contains(
                "does not lead to it",
                (await Assert.ThrowsAsync<OtherLogException>(() => read)).Message,
                StringComparison.Ordinal
            );
        else
            Assert.Equal("b.000004", (await read)[^1].Position.File);
    }

    [Fact]
    public async Task A_file_that_the_one_before_leads_to_is_read()
    {
        await using var server = new FakeDump(
            Rotate(File, 169),
            Format(4000),
            s_last,
            Rotate("b.000004", 4, 5001, 245),
            Rotate("b.000004"),
            Format(5001, 127)
        );
        Assert.Equal(
            new BinlogPosition("b.000004", 127),
            (await server.ReadAsync(new BinlogStreamOptions { ServerId = 1, Position = new(File, 169) }, 6))[^1].Position
        );
    }

    [Fact]
    public void An_event_is_known_again_without_the_checksum_that_its_log_has_no_more() =>
        Assert.Equal(KnownEvent.ChecksumOf(s_last, hasChecksum: true), KnownEvent.ChecksumOf(Unsealed(s_last), hasChecksum: false));

    // As in a log without checksums, the length counts what is there.
    private static byte[] Unsealed(byte[] bytes)
    {
        var rest = bytes[..^4];
        rest[9] -= 4;
        return rest;
    }
}
