namespace Oms.MySql.Binlog;

/// <summary>Asks a server about its GTIDs.</summary>
public static class ServerGtids
{
    /// <summary>Why the server's transactions can't be told by their GTIDs; null: they can.</summary>
    public static async Task<string?> WhyNotAsync(RowSession connection, CancellationToken cancellationToken = default)
    {
        switch (connection.Flavour)
        {
            case ServerFlavour.MariaDb:
                return null;
            case ServerFlavour.MySql:
                // Unknown before MySQL 5.6.
                var mode = (await connection.QueryRowAsync("SHOW GLOBAL VARIABLES LIKE 'gtid_mode'", cancellationToken))?[1];
                return mode == "ON" ? null : $"its gtid_mode is {mode ?? "unknown"}, not ON";
            default:
                return "OceanBase's binlog service gives each instance GTIDs of its own";
        }
    }

    /// <summary>All that the server has executed, whether its log holds it or not.</summary>
    public static async Task<ExecutedGtids> ExecutedAsync(RowSession connection, CancellationToken cancellationToken = default)
    {
        if (connection.Flavour != ServerFlavour.MariaDb)
            return new ExecutedGtids(
                MySqlGtidSet.Parse((await connection.QueryRowAsync("SELECT @@global.gtid_executed", cancellationToken))![0]!)
            );
        // What a replica has executed may not be in its own log; asked for first, since what it executes meanwhile is in neither else.
        var row = await connection.QueryRowAsync("SELECT @@global.gtid_slave_pos, @@global.gtid_binlog_state", cancellationToken);
        return new ExecutedGtids(MariaDbGtidSet.Parse(row![1]!).Union(MariaDbGtidSet.Parse(row[0]!)));
    }
}
