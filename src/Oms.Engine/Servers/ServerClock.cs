using System.Globalization;
using Oms.MySql;

namespace Oms.Servers;

/// <summary>
/// A server's clock: how far it is ahead of this host's. A server reads its clock somewhere between question and answer, halfway is the
/// best guess, and the quicker the answer the less it can be wrong: of the last minute's questions the quickest counts.
/// </summary>
internal sealed class ServerClock
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Queue<(DateTime Asked, TimeSpan RoundTrip, TimeSpan Offset)> _measurements = [];

    /// <summary>The server's clock less this host's; zero before the first measurement.</summary>
    public TimeSpan Offset { get; private set; }

    /// <summary>Adds a measurement.</summary>
    /// <param name="asked">This host's time before the question.</param>
    /// <param name="answered">This host's time after the answer.</param>
    /// <param name="server">The server's time as it answered.</param>
    public void Add(DateTime asked, DateTime answered, DateTime server)
    {
        var roundTrip = answered - asked;
        _measurements.Enqueue((asked, roundTrip, server - (asked + (roundTrip / 2))));
        while (asked - _measurements.Peek().Asked > Window)
            _measurements.Dequeue();
        Offset = _measurements.MinBy(m => m.RoundTrip).Offset;
    }

    /// <summary>Asks a server for its time; all three are UTC.</summary>
    public static async Task<(DateTime Asked, DateTime Answered, DateTime Server)> AskAsync(
        RowSession connection,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var asked = time.GetUtcNow().UtcDateTime;
        var answer = await connection.QueryRowAsync("SELECT UTC_TIMESTAMP(6)", cancellationToken);
        return (asked, time.GetUtcNow().UtcDateTime, Parse(answer![0]!));
    }

    /// <summary>A server's DATETIME in UTC.</summary>
    public static DateTime Parse(string text) =>
        DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
