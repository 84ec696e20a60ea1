using System.Globalization;
using Oms.MySql;

namespace Oms.Servers;

/// <summary>The time zone of a server's host, which its sessions have as SYSTEM.</summary>
internal static class SystemZone
{
    /// <summary>Its offset at a time, as <c>time_zone</c> takes it: +05:30. Summer time may make it another at another time.</summary>
    public static async Task<string> OffsetAsync(RowSession connection, DateTime time, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("SET SESSION time_zone = 'SYSTEM'", cancellationToken);
        var seconds = (long)(time - DateTime.UnixEpoch).TotalSeconds;
        var row = await connection.QueryRowAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT TIMESTAMPDIFF(MINUTE, TIMESTAMP '1970-01-01 00:00:00' + INTERVAL {seconds} SECOND, FROM_UNIXTIME({seconds}))"
            ),
            cancellationToken
        );
        var minutes = int.Parse(row![0]!, CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(minutes < 0 ? '-' : '+')}{Math.Abs(minutes) / 60:00}:{Math.Abs(minutes) % 60:00}"
        );
    }
}
