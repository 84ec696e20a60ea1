namespace Oms.MySql.Binlog;

/// <summary>From where a stream goes on whose connection was lost.</summary>
public enum ResumePoint
{
    /// <summary>Behind the last whole transaction: its reader throws away what it has of the next one, which comes again from its
    /// beginning.</summary>
    Transaction,

    /// <summary>Behind the last whole event: for readers that store events. Only for a start by position.</summary>
    Event,
}

/// <summary>How a <see cref="ReconnectingBinlogStream"/> meets the loss of its connection.</summary>
public sealed record ReconnectOptions
{
    /// <summary>From where it goes on.</summary>
    public ResumePoint Resume { get; init; } = ResumePoint.Transaction;

    /// <summary>The greatest wait before the first attempt; doubled with each failure. The wait is a random part of it, so that readers
    /// which lost one server don't come back all at once.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>What the doubling ends at.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Failures in a row, without an event between them, at which it gives up; 0: none is forgiven.</summary>
    public int MaxFailures { get; init; } = 50;

    /// <summary>
    /// Tells before every connection the last event that the reader has (see <see cref="BinlogStreamOptions.Known"/>); null, or telling
    /// null: nothing is known. May be called while the reader waits.
    /// </summary>
    public Func<KnownEvent?>? Known { get; init; }

    /// <summary>Told of every connection and every loss; called while the reader waits, so it must not block.</summary>
    public Action<BinlogConnectionChange>? Changed { get; init; }

    /// <summary>The greatest wait after so many failures in a row.</summary>
    internal TimeSpan Ceiling(int failures) =>
        TimeSpan.FromTicks((long)Math.Min(MaxDelay.Ticks, FirstDelay.Ticks * Math.Pow(2, failures - 1)));
}

/// <summary>A change of a stream's connection.</summary>
/// <param name="IsConnected">Whether it was made (the server may still refuse the log), or was lost or could not be made.</param>
/// <param name="Failures">Failures in a row so far.</param>
/// <param name="Delay">After a failure: how long it waits before it tries again.</param>
/// <param name="Error">After a failure: what it was.</param>
public sealed record BinlogConnectionChange(bool IsConnected, int Failures, TimeSpan Delay, MySqlException? Error);
