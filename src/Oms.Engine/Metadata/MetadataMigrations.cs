using Dapper;
using Microsoft.Data.Sqlite;

namespace Oms.Metadata;

/// <summary>The metadata's tables, version by version. A step that was released is never changed: a new one is added behind it.</summary>
internal static class MetadataMigrations
{
    private static readonly string[] s_steps =
    [
        """
            CREATE TABLE data_source (
              name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, host TEXT NOT NULL, port INTEGER NOT NULL, user TEXT NOT NULL,
              definition TEXT NOT NULL, password BLOB NOT NULL, UNIQUE (host, port, user)
            );
            CREATE TABLE project (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, definition TEXT NOT NULL);
            CREATE TABLE link_status (
              project TEXT NOT NULL PRIMARY KEY COLLATE NOCASE REFERENCES project (name) ON DELETE CASCADE, status TEXT NOT NULL
            );
            CREATE TABLE link_lease (
              project TEXT NOT NULL PRIMARY KEY COLLATE NOCASE REFERENCES project (name) ON DELETE CASCADE, host TEXT NOT NULL,
              process_id INTEGER NOT NULL, process_start TEXT NULL, token TEXT NOT NULL, ttl_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
            );
            CREATE TABLE stop_request (project TEXT NOT NULL PRIMARY KEY COLLATE NOCASE REFERENCES project (name) ON DELETE CASCADE);
            CREATE TABLE project_value (
              project TEXT NOT NULL COLLATE NOCASE REFERENCES project (name) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
              PRIMARY KEY (project, key)
            );
            """,
    ];

    public static int Newest => s_steps.Length;

    /// <exception cref="OmsException">MetadataTooNew: a later release has migrated this metadata.</exception>
    public static void Apply(SqliteConnection connection, string file)
    {
        if (Version(connection, file) == Newest)
            return;
        using var transaction = connection.BeginTransaction(deferred: false);
        connection.Execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"
        );
        for (var version = Version(connection, file); version < Newest; version++)
        {
            connection.Execute(s_steps[version]);
            connection.Execute("INSERT INTO schema_version (version) VALUES (@version)", new { version = version + 1 });
        }

        transaction.Commit();
    }

    private static int Version(SqliteConnection connection, string file)
    {
        if (connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'") == 0)
            return 0;
        var version = connection.ExecuteScalar<int>("SELECT coalesce(max(version), 0) FROM schema_version");
        if (version > Newest)
            throw new OmsException(
                "MetadataTooNew",
                OmsErrorKind.Unsupported,
                $"The metadata '{file}' has version {version}; this release knows versions up to {Newest}.",
                "Use the release that wrote it, or a later one.",
                file
            );
        return version;
    }
}
