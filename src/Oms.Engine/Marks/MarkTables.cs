using Oms.MySql;
using Oms.Servers;

namespace Oms.Marks;

/// <summary>The engine's own tables on the servers that links write to.</summary>
internal static class MarkTables
{
    public const string Mark = "txn_mark",
        Ddl = "ddl",
        Move = "source_move";

    /// <summary>Ordinals in the mark table's rows.</summary>
    public const int LinkOrdinal = 0,
        SlotOrdinal = 1,
        OriginOrdinal = 3,
        TimeOrdinal = 6,
        ConnectionOrdinal = 7;

    /// <summary>The mark table's columns, for decoding its row events; a table of an earlier version has only the first of them.</summary>
    public static IReadOnlyList<ColumnShape> Shapes { get; } =
    [
        Text("link", 64),
        Number("slot", "smallint", "smallint(5) unsigned"),
        Number("epoch", "bigint", "bigint(20) unsigned"),
        Text("origin", 32),
        Number("sequence", "bigint", "bigint(20) unsigned"),
        Text("source_position", 512),
        new ColumnShape
        {
            Name = "source_time",
            DataType = "datetime",
            ColumnType = "datetime(6)",
            IsNullable = true,
        },
        Number("connection_id", "bigint", "bigint(20) unsigned"),
        Text("idempotent_until", 512),
        Number("transactions", "bigint", "bigint(20) unsigned"),
        Number("inserts", "bigint", "bigint(20) unsigned"),
        Number("updates", "bigint", "bigint(20) unsigned"),
        Number("deletes", "bigint", "bigint(20) unsigned"),
    ];

    private const string CountColumns =
        "transactions BIGINT UNSIGNED NOT NULL DEFAULT 0, {0}inserts BIGINT UNSIGNED NOT NULL DEFAULT 0, {0}updates BIGINT UNSIGNED NOT NULL DEFAULT 0, {0}deletes BIGINT UNSIGNED NOT NULL DEFAULT 0";

    private static ColumnShape Text(string name, int length) =>
        new()
        {
            Name = name,
            DataType = "varchar",
            ColumnType = $"varchar({length})",
            CharacterSet = "utf8mb4",
            Collation = "utf8mb4_bin",
            OctetLength = 4 * length,
        };

    private static ColumnShape Number(string name, string type, string columnType) =>
        new()
        {
            Name = name,
            DataType = type,
            ColumnType = columnType,
        };

    /// <summary>Creates the engine's own tables where they are missing.</summary>
    public static async Task CreateAsync(RowSession connection, string database, CancellationToken cancellationToken)
    {
        var db = TableName.Quote(database);
        string[] statements =
        [
            $"CREATE DATABASE IF NOT EXISTS {db} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            $"""
                CREATE TABLE IF NOT EXISTS {db}.{Mark} (
                  link VARCHAR(64) NOT NULL, slot SMALLINT UNSIGNED NOT NULL, epoch BIGINT UNSIGNED NOT NULL, origin VARCHAR(32) NOT NULL,
                  sequence BIGINT UNSIGNED NOT NULL, source_position VARCHAR(512) NULL, source_time DATETIME(6) NULL,
                  connection_id BIGINT UNSIGNED NOT NULL, idempotent_until VARCHAR(512) NULL, {CountColumns.Replace(
                    "{0}",
                    "",
                    StringComparison.Ordinal
                )}, PRIMARY KEY (link, slot)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.full_import (
                  link VARCHAR(64) NOT NULL, source_table VARCHAR(130) NOT NULL, chunk BIGINT UNSIGNED NOT NULL,
                  row_count BIGINT UNSIGNED NOT NULL, ignored BIGINT UNSIGNED NOT NULL, upper_key LONGTEXT NULL, PRIMARY KEY (link, source_table, chunk)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.conflict (
                  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, link VARCHAR(64) NOT NULL, detected DATETIME(6) NOT NULL,
                  sequence BIGINT UNSIGNED NOT NULL, db VARCHAR(64) NOT NULL, tbl VARCHAR(64) NOT NULL, row_key LONGTEXT NOT NULL, kind VARCHAR(20) NOT NULL,
                  before_image LONGTEXT NULL, after_image LONGTEXT NULL, current_image LONGTEXT NULL, policy VARCHAR(20) NOT NULL, resolution VARCHAR(20) NOT NULL,
                  resolved DATETIME(6) NULL, resolved_by VARCHAR(255) NULL,
                  KEY (link, detected)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.{Ddl} (
                  link VARCHAR(64) NOT NULL PRIMARY KEY, statement LONGTEXT NOT NULL, connection_id BIGINT UNSIGNED NOT NULL, announced DATETIME(6) NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.{Move} (
                  link VARCHAR(64) NOT NULL PRIMARY KEY, id CHAR(32) NOT NULL, server VARCHAR(512) NOT NULL, source_position VARCHAR(512) NOT NULL,
                  left_out_until VARCHAR(512) NOT NULL, applied LONGTEXT NOT NULL, moved DATETIME(6) NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
            $"""
                CREATE TABLE IF NOT EXISTS {db}.reconcile (
                  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, link VARCHAR(64) NOT NULL, db VARCHAR(64) NOT NULL, tbl VARCHAR(64) NOT NULL,
                  row_key LONGBLOB NOT NULL, KEY (link)
                ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """,
        ];
        foreach (var statement in statements)
            await connection.ExecuteAsync(OriginComment.Text + statement, cancellationToken);
        await AddColumnsAsync(connection, db, cancellationToken);
    }

    // A table of an earlier version lacks them.
    private static async Task AddColumnsAsync(RowSession connection, string db, CancellationToken cancellationToken)
    {
        var columns = await connection.QueryRowsAsync($"SHOW COLUMNS FROM {db}.conflict LIKE 'resolved%'", cancellationToken);
        if (columns.Count == 0)
            await connection.ExecuteAsync(
                $"{OriginComment.Text}ALTER TABLE {db}.conflict ADD resolved DATETIME(6) NULL, ADD resolved_by VARCHAR(255) NULL",
                cancellationToken
            );
        if ((await connection.QueryRowsAsync($"SHOW COLUMNS FROM {db}.{Mark} LIKE 'inserts'", cancellationToken)).Count == 0)
            await connection.ExecuteAsync(
                $"{OriginComment.Text}ALTER TABLE {db}.{Mark} ADD {CountColumns.Replace("{0}", "ADD ", StringComparison.Ordinal)}",
                cancellationToken
            );
    }
}
