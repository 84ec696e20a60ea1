using System.Data.Common;

namespace Oms.MySql;

/// <summary>The provider for code that is written against ADO.NET's base classes.</summary>
public sealed class MySqlClientFactory : DbProviderFactory
{
    public static readonly MySqlClientFactory Instance = new();

    private MySqlClientFactory() { }

    public override MySqlConnection CreateConnection() => new();

    public override MySqlCommand CreateCommand() => new();

    public override bool CanCreateBatch => true;

    public override MySqlBatch CreateBatch() => new();

    public override MySqlBatchCommand CreateBatchCommand() => new();

    public override MySqlParameter CreateParameter() => new();

    public override MySqlConnectionStringBuilder CreateConnectionStringBuilder() => new();

    public override MySqlDataSource CreateDataSource(string connectionString) => new(connectionString);
}
