using Oms.MySql.Ddl;

namespace Oms.MySql.Binlog;

/// <summary>Asks a server about its binary log.</summary>
public static class ServerLog
{
    /// <summary>The end of the log: everything committed before the question stands before it. Null when the server writes none.</summary>
    /// <exception cref="MySqlException">The account lacks REPLICATION CLIENT.</exception>
    /// <exception cref="BinlogFormatException">What the server tells can't be a place in a log.</exception>
    public static async Task<BinlogPosition?> EndAsync(RowSession connection, CancellationToken cancellationToken = default)
    {
        // MySQL 8.4 no longer knows the old words, and before 8.2 not the new ones; MariaDB and OceanBase know only the old ones.
        var isNew = connection.Flavour == ServerFlavour.MySql && ServerCatalogue.NumberOf(connection.ServerVersion) >= 80200;
        return
            await connection.QueryRowAsync(isNew ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS", cancellationToken)
                is [var file, var offset, ..]
            ? BinlogPosition.Told(file, offset)
            : null;
    }

    /// <summary>The names of the files that the server still has, oldest first.</summary>
    /// <exception cref="MySqlException">The account lacks REPLICATION CLIENT, or the server writes no log.</exception>
    public static async Task<IReadOnlyList<string>> FilesAsync(RowSession connection, CancellationToken cancellationToken = default)
    {
        var files = await connection.QueryRowsAsync("SHOW BINARY LOGS", cancellationToken);
        return [.. files.Select(file => BinlogPosition.Told(file[0], "0").File)];
    }

    /// <summary>A text that names the server whose log it is, and no other; null where it tells none (OceanBase, whose binlog service may
    /// be moved).</summary>
    public static async Task<string?> IdentityAsync(RowSession connection, CancellationToken cancellationToken = default) =>
        IdentityQuery(connection.Flavour) is { } query ? (await connection.QueryRowAsync(query, cancellationToken))?[0] : null;

    /// <summary>Asks for a server's identity. MariaDB has no UUID, and every server's id is 1 unless it is set.</summary>
    internal static string? IdentityQuery(ServerFlavour flavour) =>
        flavour switch
        {
            ServerFlavour.MySql => "SELECT @@global.server_uuid",
            ServerFlavour.MariaDb => "SELECT CONCAT(@@global.server_id, '@', @@global.hostname)",
            _ => null,
        };
}
