using Oms.MySql;

namespace Oms.Integration.Tests.Wire;

internal static class ConnectionExtensions
{
    /// <summary>The first row's values, joined by bars.</summary>
    public static async Task<string?> TextAsync(this RowSession connection, string sql, CancellationToken cancellationToken = default) =>
        await connection.QueryRowAsync(sql, cancellationToken) is { } row ? string.Join('|', row.Select(v => v ?? "NULL")) : null;
}
