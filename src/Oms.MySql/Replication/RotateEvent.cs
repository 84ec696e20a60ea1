using System.Text;

namespace Oms.MySql.Replication;

/// <summary>ROTATE_EVENT: the log goes on in another file.</summary>
/// <param name="Next">Where it goes on.</param>
public sealed record RotateEvent(BinlogPosition Next)
{
    /// <summary>Reads an event's body (the bytes behind the header and before the checksum).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short or names no file.</exception>
    public static RotateEvent Parse(ReadOnlySpan<byte> body)
    {
        var reader = new EventReader(body, "The ROTATE event");
        var offset = reader.UInt64();
        var file = Encoding.UTF8.GetString(reader.TakeRest());
        if (file.Length == 0)
            throw new BinlogFormatException("The ROTATE event names no file.");
        return new RotateEvent(new BinlogPosition(file, offset));
    }
}
