using Oms.MySql;

namespace Oms.KeyRanges;

/// <summary>Opens sessions set up for raw rows: values in their column's own character set, times in UTC, nothing cut off by a time limit.</summary>
internal static class TableSession
{
    public const string StrictMode = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES";

    /// <summary>The same without refusing a value that the server has to change: for values that only such a mode can write, with the warnings looked at.</summary>
    public const string LaxMode = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES";

    /// <summary>A session that reads tables.</summary>
    public static async Task<MySqlConnection> OpenReaderAsync(string connectionString, CancellationToken cancellationToken)
    {
        // A pooled session would carry these settings to others.
        var connection = new MySqlConnection(new MySqlConnectionStringBuilder(connectionString) { Pooling = false, DefaultCommandTimeout = 0 }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            // A reader waits for its writer while the server waits for the reader: hours, not the default minute.
            await connection.ExecuteAsync($"SET SESSION sql_mode = '{StrictMode}', time_zone = '+00:00', character_set_results = NULL, net_write_timeout = 86400, "
                + NoTimeLimit(connection.Flavour), cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A session that writes rows.</summary>
    public static async Task<MySqlConnection> OpenWriterAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = await OpenReaderAsync(connectionString, cancellationToken);
        try
        {
            // READ COMMITTED: no gap locks, so that parallel writers of neighbouring ranges don't wait for each other.
            await connection.ExecuteBatchAsync("SET SESSION foreign_key_checks = 0, net_read_timeout = 86400; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"u8.ToArray(), cancellationToken);
            await KeepWarningsAsync(connection, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Room for the warnings of all rows of a statement. MySQL asks for a privilege; its default has room for as many as a statement of every preset has.</summary>
    private static async Task KeepWarningsAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        const int accessDenied = 1227;
        try
        {
            await connection.ExecuteAsync("SET SESSION max_error_count = 65535", cancellationToken);
        }
        catch (MySqlException e) when (e.Number == accessDenied)
        {
            // Warnings that are not kept are missed when they are counted, and stop the import.
        }
    }

    private static string NoTimeLimit(ServerFlavour flavour) => flavour switch
    {
        ServerFlavour.MariaDb => "max_statement_time = 0",
        ServerFlavour.OceanBase => "ob_query_timeout = 86400000000, ob_trx_timeout = 86400000000",
        _ => "max_execution_time = 0",
    };
}
