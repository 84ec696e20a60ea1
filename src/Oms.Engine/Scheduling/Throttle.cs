namespace Oms.Scheduling;

/// <summary>
/// Holds the applied changes to so many rows and bytes a second. A batch is let through when the ones before it are paid for, whatever its
/// own size, and is paid for afterwards: so the rate is kept in the long run with transactions of any size, and a transaction that has
/// begun at the destination never waits there with its locks.
/// </summary>
/// <param name="rowsPerSecond">Null: no limit.</param>
/// <param name="bytesPerSecond">Null: no limit.</param>
internal sealed class Throttle(int? rowsPerSecond, long? bytesPerSecond, TimeProvider time)
{
    /// <summary>How many batches a second should have at least, so that changes flow evenly.</summary>
    private const int BatchesPerSecond = 10;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    private long _rowsPaidAt,
        _bytesPaidAt;
    private bool _inTransaction;
    private long _heldSince;

    /// <summary>Rows at which a batch ends (with the transaction).</summary>
    public int RowsAtOnce => rowsPerSecond is { } rate ? Math.Max(1, rate / BatchesPerSecond) : int.MaxValue;

    /// <summary>Bytes at which a batch ends (with the transaction).</summary>
    public int BytesAtOnce => bytesPerSecond is { } rate ? (int)Math.Clamp(rate / BatchesPerSecond, 1, int.MaxValue) : int.MaxValue;

    /// <summary>Since when one batch after the other has had to wait; null: the last one had not.</summary>
    public DateTimeOffset? HeldSince =>
        Interlocked.Read(ref _heldSince) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Waits until all that went before is paid for; in the middle of a transaction not at all.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (!_inTransaction)
            Interlocked.Exchange(ref _heldSince, Debt <= TimeSpan.Zero ? 0 : HeldSince?.Ticks ?? time.GetUtcNow().Ticks);
        while (!_inTransaction && Debt is { Ticks: > 0 } debt)
            await Task.Delay(debt < LongestDelay ? debt : LongestDelay, time, cancellationToken);
    }

    /// <summary>Takes into account what was let through.</summary>
    /// <param name="endsInTransaction">Whether its last transaction goes on with the next batch.</param>
    public void Charge(int rows, int bytes, bool endsInTransaction)
    {
        // Time in which nothing came is not saved up: no burst follows a pause.
        var now = time.GetTimestamp();
        if (rowsPerSecond is { } rowRate)
            _rowsPaidAt = Math.Max(_rowsPaidAt, now) + (long)((double)rows / rowRate * time.TimestampFrequency);
        if (bytesPerSecond is { } byteRate)
            _bytesPaidAt = Math.Max(_bytesPaidAt, now) + (long)((double)bytes / byteRate * time.TimestampFrequency);
        _inTransaction = endsInTransaction;
    }

    private TimeSpan Debt
    {
        get
        {
            var debt = time.GetElapsedTime(time.GetTimestamp(), Math.Max(_rowsPaidAt, _bytesPaidAt));
            // A timer knows milliseconds only: what is less is waited for with the next.
            return debt < TimeSpan.FromMilliseconds(1) ? TimeSpan.Zero : debt;
        }
    }
}
