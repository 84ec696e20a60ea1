using System.Buffers;
using FsCheck.Xunit;
using Oms.MySql.Replication;

namespace Oms.MySql.Tests.Replication;

/// <summary>Whatever the bytes, a parser gives a value or a format error: no other exception, no endless work.</summary>
public class DamagedInputTests
{
    private static readonly byte[][] Events =
    [
        SampleLog.MySqlTableMap, SampleLog.MySqlWriteRows, SampleLog.FormatDescriptionEvent("9.7.4", 1),
        SampleLog.Event(BinlogEventType.Rotate, [4, 0, 0, 0, 0, 0, 0, 0, .. "binlog.000007"u8]),
        SampleLog.Event(BinlogEventType.Query, [9, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 3, 0, 0xAA, 0xBB, 0xCC, (byte)'d', (byte)'b', 0, .. "BEGIN"u8]),
        SampleLog.Event(BinlogEventType.MariaDbQueryCompressed, [9, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, (byte)'d', (byte)'b', 0, 0x81, 5, 0x78, 0x9C, 0x73, 0x72, 0x75, 0xF7, 0xF4, 0x03, 0, 0x03, 0xFB, 0x01, 0x62]),
        SampleLog.Event(BinlogEventType.Gtid, new byte[60]), SampleLog.Event(BinlogEventType.GtidTagged, new byte[60]), SampleLog.Event(BinlogEventType.MariaDbGtid, new byte[20]),
    ];

    [Property(MaxTest = 2000)]
    public void Events_that_are_cut_or_changed_give_format_errors_only(uint which, uint cut, (uint At, byte Value)[] changes)
    {
        var bytes = Events[which % Events.Length].ToArray();
        foreach (var (at, value) in changes)
            bytes[at % bytes.Length] = value;
        if (cut % 3 == 0)
            bytes = bytes[..(int)(cut / 3 % bytes.Length)];
        OnlyFormatErrors(() => ReadAll(bytes));
    }

    [Property(MaxTest = 2000)]
    public void Bytes_of_no_meaning_give_format_errors_only(byte type, byte[] body) => OnlyFormatErrors(() => ReadAll(SampleLog.Event((BinlogEventType)type, body)));

    [Property(MaxTest = 2000)]
    public void Json_of_no_meaning_gives_format_errors_only(byte type, byte[] value) => OnlyFormatErrors(() => JsonText.Write([(byte)(type % 16), .. value], new ArrayBufferWriter<byte>()));

    [Fact]
    public void Json_whose_parts_point_to_each_other_is_refused_before_it_grows()
    {
        // Forty arrays of two elements, both of which are the next array: 2^40 values in a few hundred bytes.
        const int depth = 40, size = 10;
        var bytes = new List<byte>();
        for (var i = 0; i < depth; i++)
            bytes.AddRange([2, 0, (byte)(size * (depth - i)), (byte)(size * (depth - i) >> 8), 2, size, 0, 2, size, 0]);
        Assert.Throws<BinlogFormatException>(() => JsonText.Write([2, .. bytes, 0, 0, 4, 0], new ArrayBufferWriter<byte>()));
    }

    private static void ReadAll(byte[] bytes)
    {
        var header = BinlogEventHeader.Parse(bytes);
        BinlogEventSupport.Classify(header);
        var format = SampleLog.Format;
        var body = format.Body(bytes);
        switch (header.Type)
        {
            case BinlogEventType.FormatDescription:
                FormatDescription.Parse(bytes);
                break;
            case BinlogEventType.Rotate:
                RotateEvent.Parse(body.Span);
                break;
            case BinlogEventType.Query or BinlogEventType.MariaDbQueryCompressed:
                QueryEvent.Parse(body, header.Type, format);
                break;
            case BinlogEventType.Gtid or BinlogEventType.AnonymousGtid or BinlogEventType.GtidTagged:
                GtidEvent.Parse(body.Span, header.Type);
                break;
            case BinlogEventType.MariaDbGtid:
                MariaDbGtidEvent.Parse(body.Span, header.ServerId);
                break;
            case BinlogEventType.TableMap:
                _ = new RowDecoder(TableMap.Parse(body.Span, format), SampleLog.MySqlShapes);
                break;
            default:
                Decode(RowsEvent.Parse(body, header.Type, format));
                break;
        }
    }

    private static void Decode(RowsEvent rows)
    {
        var decoder = new RowDecoder(TableMap.Parse(SampleLog.Format.Body(SampleLog.MySqlTableMap).Span, SampleLog.Format), SampleLog.MySqlShapes);
        var output = new ArrayBufferWriter<byte>();
        for (var offset = 0; offset < rows.Rows.Length;)
            offset = decoder.Decode(rows.Rows.Span, offset, output);
    }

    private static void OnlyFormatErrors(Action read)
    {
        try
        {
            read();
        }
        catch (Exception error) when (error is BinlogFormatException or FormatException)
        {
        }
    }
}
