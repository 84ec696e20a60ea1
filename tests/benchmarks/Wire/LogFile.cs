namespace Oms.Benchmarks.Wire;

/// <summary>The events of a binary log's file, one after another.</summary>
internal sealed class LogFile(string path) : IDisposable
{
    private const int MagicSize = 4,
        LengthOffset = 9;

    private readonly FileStream _file = new(
        path,
        new FileStreamOptions
        {
            Mode = FileMode.Open,
            BufferSize = 0,
            Options = FileOptions.SequentialScan,
        }
    );
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _isPastMagic;

    /// <summary>The next event, valid until the next call; false at the file's end.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (!_isPastMagic)
        {
            Fill(MagicSize);
            (_start, _isPastMagic) = (MagicSize, true);
        }
        if (!Fill(LengthOffset + sizeof(int)))
            return false;
        var length = BitConverter.ToInt32(_buffer, _start + LengthOffset);
        if (!Fill(length))
            throw new EndOfStreamException($"{path} ends in the middle of an event.");
        bytes = _buffer.AsMemory(_start, length);
        _start += length;
        return true;
    }

    public void Dispose() => _file.Dispose();

    private bool Fill(int count)
    {
        if (_end - _start >= count)
            return true;
        var target = count > _buffer.Length ? new byte[count * 2] : _buffer;
        _buffer.AsSpan(_start.._end).CopyTo(target);
        (_buffer, _start, _end) = (target, 0, _end - _start);
        while (_end < count)
        {
            var read = _file.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
                return _end == 0 ? false : throw new EndOfStreamException($"{path} ends in the middle of an event.");
            _end += read;
        }
        return true;
    }
}
