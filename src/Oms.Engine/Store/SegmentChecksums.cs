using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Oms.Store;

/// <summary>
/// Checksums of a segment whose events have none (binlog_checksum=NONE at the source), in a file beside it, so that the segment stays byte
/// for byte the source's log. One record for each write, in order: its length and its CRC32, the first from the segment's beginning on.
/// Records are only added: what was synced once stays verifiable whatever a crash does to what came behind.
/// </summary>
internal sealed class SegmentChecksums : IDisposable
{
    public const string Suffix = ".crc";

    private const int RecordSize = 8;
    private const int BufferSize = 1 << 18;

    private readonly SafeFileHandle _file;
    private long _at; // of the next record
    private long _covered; // bytes of the segment

    private SegmentChecksums(SafeFileHandle file) => _file = file;

    public static string PathOf(LogSegment segment) => segment.Path + Suffix;

    /// <summary>Begins the file of a segment, or goes on with it behind what was verified.</summary>
    public static SegmentChecksums Write(LogSegment segment) =>
        new(File.OpenHandle(PathOf(segment), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>Opens the file to verify the segment from its beginning on; a missing one verifies nothing.</summary>
    public static SegmentChecksums? Read(LogSegment segment) =>
        File.Exists(PathOf(segment))
            ? new(File.OpenHandle(PathOf(segment), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            : null;

    /// <summary>Adds the record of what is written behind the verified, or written, bytes; the call may be repeated when it failed.</summary>
    public void Add(ReadOnlySpan<byte> before, ReadOnlySpan<byte> bytes)
    {
        var crc = new Crc32();
        crc.Append(before);
        crc.Append(bytes);
        Span<byte> record = stackalloc byte[RecordSize];
        BinaryPrimitives.WriteInt32LittleEndian(record, before.Length + bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], crc.GetCurrentHashAsUInt32());
        RandomAccess.Write(_file, record, _at);
        _at += RecordSize;
        _covered += before.Length + bytes.Length;
    }

    /// <summary>Verifies the writes up to the one that holds the byte before <paramref name="end"/>; false when one does not match, or is
    /// not recorded.</summary>
    /// <param name="from">Nothing before it is of interest.</param>
    public bool Verify(SafeFileHandle segment, long end, long from = 0)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        while (_covered < end)
        {
            if (RandomAccess.Read(_file, record, _at) < RecordSize)
                return false;
            var length = BinaryPrimitives.ReadInt32LittleEndian(record);
            if (
                length <= 0
                || (_covered + length > from && HashOf(segment, _covered, length) != BinaryPrimitives.ReadUInt32LittleEndian(record[4..]))
            )
                return false;
            _at += RecordSize;
            _covered += length;
        }
        return true;
    }

    /// <summary>Records a segment that was written without, up to where it is whole.</summary>
    public static void Make(LogSegment segment, long end)
    {
        using var file = File.OpenHandle(segment.Path, share: FileShare.ReadWrite | FileShare.Delete);
        using var written = Write(segment);
        RandomAccess.SetLength(written._file, 0);
        Span<byte> record = stackalloc byte[RecordSize];
        while (written._covered < end)
        {
            var length = (int)Math.Min(BufferSize, end - written._covered);
            BinaryPrimitives.WriteInt32LittleEndian(record, length);
            BinaryPrimitives.WriteUInt32LittleEndian(
                record[4..],
                HashOf(file, written._covered, length)
                    ?? throw new StoreDamagedException(segment.Path, written._covered, "it is shorter than it was.")
            );
            RandomAccess.Write(written._file, record, written._at);
            written._at += RecordSize;
            written._covered += length;
        }
        written.Sync();
    }

    /// <summary>Takes away what is recorded behind the verified bytes.</summary>
    public static void CutOff(LogSegment segment, long end)
    {
        if (Read(segment) is not { } verified)
            return;
        using (verified)
        {
            using var file = File.OpenHandle(segment.Path, share: FileShare.ReadWrite | FileShare.Delete);
            verified.Verify(file, end);
        }
        using var written = Write(segment);
        RandomAccess.SetLength(written._file, verified._at);
    }

    /// <summary>Goes on behind what is recorded.</summary>
    /// <param name="covered">Bytes of the segment that are.</param>
    public void MoveToEnd(long covered) => (_at, _covered) = (RandomAccess.GetLength(_file) / RecordSize * RecordSize, covered);

    /// <summary>Waits until it is safe on disk.</summary>
    public void Sync() => RandomAccess.FlushToDisk(_file);

    public void Dispose() => _file.Dispose();

    private static uint? HashOf(SafeFileHandle segment, long offset, int length)
    {
        var crc = new Crc32();
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(length, BufferSize));
        try
        {
            while (length > 0)
            {
                var read = RandomAccess.Read(segment, buffer.AsSpan(0, Math.Min(length, buffer.Length)), offset);
                if (read == 0)
                    return null;
                crc.Append(buffer.AsSpan(0, read));
                (offset, length) = (offset + read, length - read);
            }
            return crc.GetCurrentHashAsUInt32();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
