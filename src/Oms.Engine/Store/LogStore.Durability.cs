using Microsoft.Win32.SafeHandles;
using Oms.MySql.Binlog;

namespace Oms.Store;

// What is safe on disk.
internal sealed partial class LogStore
{
    /// <summary>Waits until what readers may read is safe on disk. From any thread.</summary>
    /// <exception cref="StoreDamagedException">The disk did not take it: what was written since <see cref="Durable"/> may be lost, and is
    /// fetched anew once the Store is opened again.</exception>
    public void Sync()
    {
        lock (_syncing)
        {
            BinlogPosition? end;
            SafeFileHandle? file;
            SegmentChecksums? checksums;
            lock (_lock)
                (end, file, checksums) = (_end, _file, _checksums);
            if (end == Durable)
                return;
            Sync(file, checksums);
            lock (_lock)
                _durable = end;
        }
    }

    // Asked once more after a failure the system says that all is well: it takes what it could not write for written.
    private void Sync(SafeFileHandle? file, SegmentChecksums? checksums)
    {
        if (_lost is { } lost)
            throw lost;
        try
        {
            if (file is not null)
                ToDisk(file);
            checksums?.Sync();
        }
        catch (IOException e)
        {
            throw _lost = new StoreDamagedException(
                _last!.Segment.Path,
                DurableLength(_last.Segment),
                $"the disk did not take what was written there: {e.Message}",
                e
            );
        }
    }

    private long DurableLength(LogSegment segment) =>
        Durable is { } durable && durable.File == segment.Start.File && durable >= segment.Start
            ? segment.FileOffset(durable.Offset)
            : segment.DataStart;

    // It can be read as if it were there until the system forgets it.
    private void CutBack(LogSegment segment)
    {
        try
        {
            using (var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
                RandomAccess.SetLength(file, DurableLength(segment));
            SegmentChecksums.CutOff(segment, DurableLength(segment));
        }
        catch (IOException)
        {
            // A disk that takes nothing any more: opening reads what it has by then.
        }
    }
}
