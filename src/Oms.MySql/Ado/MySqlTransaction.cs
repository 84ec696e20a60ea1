using System.Data;
using System.Data.Common;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>A transaction; disposed before its end, it is rolled back.</summary>
public sealed class MySqlTransaction : DbTransaction
{
    private MySqlConnection? _connection;

    internal MySqlTransaction(MySqlConnection connection, IsolationLevel isolationLevel) =>
        (_connection, IsolationLevel) = (connection, isolationLevel);

    public override IsolationLevel IsolationLevel { get; }

    public override bool SupportsSavepoints => true;

    /// <summary>The connection; null once the transaction has ended.</summary>
    public new MySqlConnection? Connection => IsOpen ? _connection : null;

    protected override DbConnection? DbConnection => Connection;

    public override void Commit() => Blocking.Wait(() => CommitAsync());

    public override Task CommitAsync(CancellationToken cancellationToken = default) => EndAsync("COMMIT", cancellationToken);

    public override void Rollback() => Blocking.Wait(() => RollbackAsync());

    public override Task RollbackAsync(CancellationToken cancellationToken = default) => EndAsync("ROLLBACK", cancellationToken);

    public override void Save(string savepointName) => Blocking.Wait(() => SaveAsync(savepointName));

    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync($"SAVEPOINT {Quote(savepointName)}", cancellationToken);

    public override void Rollback(string savepointName) => Blocking.Wait(() => RollbackAsync(savepointName));

    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync($"ROLLBACK TO SAVEPOINT {Quote(savepointName)}", cancellationToken);

    public override void Release(string savepointName) => Blocking.Wait(() => ReleaseAsync(savepointName));

    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync($"RELEASE SAVEPOINT {Quote(savepointName)}", cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Blocking.Wait(RollbackIfOpenAsync);
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        await RollbackIfOpenAsync();
        await base.DisposeAsync();
    }

    /// <summary>The statements that start a transaction; several are sent in one round trip.</summary>
    internal static string StartStatement(IsolationLevel level) =>
        level switch
        {
            IsolationLevel.Unspecified => "START TRANSACTION",
            IsolationLevel.ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; START TRANSACTION",
            IsolationLevel.ReadCommitted => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION",
            IsolationLevel.RepeatableRead => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION",
            IsolationLevel.Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION",
            IsolationLevel.Snapshot => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT",
            _ => throw new NotSupportedException($"MySQL has no isolation level {level}."),
        };

    private bool IsOpen => _connection is not null && ReferenceEquals(_connection.Transaction, this);

    private async Task EndAsync(string statement, CancellationToken cancellationToken)
    {
        await RunAsync(statement, cancellationToken);
        _connection!.Transaction = null;
        _connection = null;
    }

    private async Task RollbackIfOpenAsync()
    {
        // A lost connection has taken its transaction with it.
        if (IsOpen && _connection!.State == ConnectionState.Open)
            await RollbackAsync();
        _connection = null;
    }

    private Task<long> RunAsync(string statement, CancellationToken cancellationToken) =>
        IsOpen
            ? _connection!.ExecuteAsync(statement, cancellationToken)
            : throw new InvalidOperationException("The transaction has ended already.");

    private static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
