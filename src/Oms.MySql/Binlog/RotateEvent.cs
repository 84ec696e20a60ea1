using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>ROTATE_EVENT: the log goes on in another file.</summary>
/// <param name="Next">Where it goes on.</param>
public sealed record RotateEvent(BinlogPosition Next)
{
    /// <summary>Reads an event's body (the bytes behind the header and before the checksum).</summary>
    /// <exception cref="BinlogFormatException">The body is cut short, or names what can't be a file of a log.</exception>
    public static RotateEvent Parse(ReadOnlySpan<byte> body)
    {
        var reader = new EventReader(body, "The ROTATE event");
        var offset = reader.UInt64();
        var file = Encoding.UTF8.GetString(reader.TakeRest());
        // A damaged one looks as if it had no checksum, and takes that for the end of the file's name.
        if (!BinlogPosition.IsFileName(file))
            throw new BinlogFormatException(
                $"A ROTATE event leads to '{BinlogPosition.Shown(file)}', which can't be a file of a log: it was damaged on the way, or the server is not what it says."
            );
        return new RotateEvent(new BinlogPosition(file, offset));
    }
}
