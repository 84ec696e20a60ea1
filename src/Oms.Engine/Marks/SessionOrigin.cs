using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Oms.MySql;

namespace Oms.Marks;

/// <summary>
/// OceanBase's own mark of where a session's changes come from, which its log keeps. It stands beside the mark row and never for it: here
/// nothing is read from it. It names the region that the link comes from, also for what the link relays.
/// </summary>
internal static class SessionOrigin
{
    /// <summary>Numbers from here on are OceanBase's own.</summary>
    private const uint Reserved = 0xFFFF_0000;

    /// <summary>A region's number: the same on every machine, at least 1 and outside of the reserved range.</summary>
    public static uint NumberOf(string region) => 1 + (XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(region)) % (Reserved - 1));

    /// <summary>Marks a session that writes; does nothing on other servers than OceanBase, and on one that has no such mark. The setting
    /// can't be taken back: the session is for this origin alone.</summary>
    public static async Task SetAsync(RowSession connection, DataSourceType server, string region, CancellationToken cancellationToken)
    {
        if (server != DataSourceType.OceanBase)
            return;
        try
        {
            await connection.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"SET ob_org_cluster_id = {NumberOf(region)}"),
                cancellationToken
            );
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.UnknownSystemVariable)
        {
            // A kernel without it (seen on 4.3.5.3 as seekdb): the mark row says the same.
        }
    }
}
