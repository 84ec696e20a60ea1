using Dapper;
using Microsoft.Data.Sqlite;

namespace Oms.Metadata;

/// <summary>The embedded metadata: SQLite (WAL) in the home directory, shared by every process of the user. Safe for many
/// threads.</summary>
internal sealed partial class MetadataStore : IDisposable
{
    // SQLITE_FULL, SQLITE_IOERR: https://www.sqlite.org/rescode.html
    private const int DiskFull = 13,
        WriteFailed = 10;

    private readonly string _connectionString;
    private readonly TimeProvider _time;

    static MetadataStore() => SQLitePCL.Batteries_V2.Init();

    private MetadataStore(string home, TimeProvider time)
    {
        Home = home;
        _time = time;
        DatabasePath = Path.Combine(home, MetadataHome.DatabaseFile);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = DatabasePath,
            ForeignKeys = true,
            DefaultTimeout = 30,
        }.ToString();
    }

    public string Home { get; }

    private string DatabasePath { get; }

    /// <exception cref="OmsException">HomeUnknown, HomeNotUsable, MetadataTooNew, MetadataUnusable</exception>
    public static MetadataStore Open(string? home, TimeProvider? time = null)
    {
        home = MetadataHome.Resolve(home);
        MetadataHome.Prepare(home);
        var store = new MetadataStore(home, time ?? TimeProvider.System);
        store.Prepare();
        return store;
    }

    /// <summary>Runs reads; each sees the latest committed state.</summary>
    public T Read<T>(Func<MetadataSession, T> work)
    {
        using var connection = OpenConnection();
        return work(new MetadataSession(connection));
    }

    /// <summary>Runs reads and writes as one transaction: all or, when <paramref name="work"/> throws, nothing.</summary>
    public T Write<T>(Func<MetadataSession, T> work)
    {
        using var connection = OpenConnection();
        // Immediate: what was read is still true when it is written; a later upgrade of a read lock could only fail.
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = work(new MetadataSession(connection));
        transaction.Commit();
        return result;
    }

    public void Write(Action<MetadataSession> work) =>
        Write(session =>
        {
            work(session);
            return true;
        });

    /// <summary>Whether the metadata can't be written just now because of their disk.</summary>
    public static bool IsDiskTrouble(SqliteException error) => error.SqliteErrorCode is DiskFull or WriteFailed;

    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private void Prepare()
    {
        try
        {
            // SQLite gives its journal and its shared memory the mode of the database file.
            MetadataHome.OpenOwnerOnly(DatabasePath, FileMode.OpenOrCreate, FileAccess.ReadWrite).Dispose();
            using var connection = OpenConnection();
            connection.Execute("PRAGMA journal_mode = WAL");
            MetadataMigrations.Apply(connection, DatabasePath);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new OmsException(
                "MetadataUnusable",
                OmsErrorKind.PermissionDenied,
                $"The metadata '{DatabasePath}' cannot be opened: {e.Message}",
                "See that this account may read and write the file and that its disk is not full; a damaged file is replaced from a backup.",
                DatabasePath,
                e
            );
        }
    }

    private SqliteConnection OpenConnection()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        connection.Execute("PRAGMA busy_timeout = 30000");
        return connection;
    }
}
