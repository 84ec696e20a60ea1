using System.Globalization;
using Oms.Monitoring;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>Whether the source's log can be read, in words for the link's status.</summary>
internal sealed class SourceConnection
{
    private DateTimeOffset _lostAt;
    private volatile string? _text;

    /// <summary>Null before the first attempt.</summary>
    public string? Text => _text;

    /// <summary>Told of every connection and every loss.</summary>
    public void Change(BinlogConnectionChange change)
    {
        if (change.IsConnected)
        {
            _text = "Connected";
            return;
        }
        // A connection that was made and broke before an event came is part of the same trouble.
        if (change.Failures == 1)
            _lostAt = DateTimeOffset.UtcNow;
        var isRefused = change.Error is { IsLogInRefused: true };
        _text = string.Create(
            CultureInfo.InvariantCulture,
            $"{(isRefused ? "Refused" : "Unreachable")} since {_lostAt:yyyy-MM-dd HH:mm:ss}Z, {change.Failures} attempts: {change.Error?.Message}{(isRefused ? Outage.ToMend : "")}"
        );
    }
}
