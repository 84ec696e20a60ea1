using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Oms.MySql;

/// <summary>A connection to a MySQL, MariaDB or OceanBase server.</summary>
public sealed partial class MySqlConnection : DbConnection
{
    public MySqlConnection(string connectionString) => ConnectionString = connectionString;

    [AllowNull] public override string ConnectionString { get; set; }
    public override string Database => throw new NotImplementedException();
    public override string DataSource => throw new NotImplementedException();
    public override string ServerVersion => throw new NotImplementedException();
    public override ConnectionState State => throw new NotImplementedException();
    public override void ChangeDatabase(string databaseName) => throw new NotImplementedException();
    public override void Close() => throw new NotImplementedException();
    public override void Open() => throw new NotImplementedException();
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotImplementedException();
    protected override DbCommand CreateDbCommand() => throw new NotImplementedException();
}
