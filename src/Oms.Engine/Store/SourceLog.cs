using System.Globalization;
using Oms.MySql;
using Oms.MySql.Replication;

namespace Oms.Store;

/// <summary>Asks a server about its binary log.</summary>
internal static class SourceLog
{
    /// <summary>The end of the log: everything committed before the question stands before it.</summary>
    /// <exception cref="OmsException">BinlogOff</exception>
    public static async Task<BinlogPosition> EndAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        string?[]? row;
        try
        {
            row = await connection.QueryRowAsync("SHOW MASTER STATUS", cancellationToken);
        }
        catch (MySqlException e) when (e.Number == 1064)
        {
            // MySQL 8.4 and later have only the new words; OceanBase's binlog service only the old ones.
            row = await connection.QueryRowAsync("SHOW BINARY LOG STATUS", cancellationToken);
        }
        return row is [{ } file, { } offset, ..]
            ? new BinlogPosition(file, ulong.Parse(offset, CultureInfo.InvariantCulture))
            : throw new OmsException("BinlogOff", OmsErrorKind.InvalidState, $"{connection.DataSource} writes no binary log.", "Start the server with log_bin and binlog_format=ROW.", connection.DataSource);
    }
}
