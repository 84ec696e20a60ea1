using System.Globalization;
using Oms.MySql;
using Oms.Schema;

namespace Oms.Marks;

/// <summary>
/// Tells which live session of a server writes a mark row's transactions: it holds a lock named after the row's slot and epoch, which ends
/// with it. The id that the row holds does not tell it: it is written with the first transaction, and a server that was restarted gives ids
/// out anew.
/// </summary>
internal static class SessionClaim
{
    // Errors of a server that has no such locks.

    /// <summary>Claims a slot for the session; without effect on a server that has no such locks.</summary>
    public static async Task TakeAsync(RowSession connection, long epoch, int slot, CancellationToken cancellationToken)
    {
        try
        {
            await connection.QueryRowAsync(
                string.Create(CultureInfo.InvariantCulture, $"SELECT GET_LOCK('oms.{epoch}.{slot}', 0)"),
                cancellationToken
            );
        }
        catch (MySqlException e) when (e.Number is ErrorNumber.StoredProgramDoesNotExist or ErrorNumber.NotSupportedYet)
        {
            // A session that is left behind there ends by itself, when its transaction has been idle for long enough.
        }
    }

    /// <summary>The ids of the sessions that have claimed a link's slots at the epochs of its mark rows.</summary>
    public static async Task<IReadOnlySet<string>> HoldersAsync(
        RowSession connection,
        string markTable,
        string link,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var rows = await connection.QueryRowsAsync(
                $"SELECT IS_USED_LOCK(CONCAT('oms.', epoch, '.', slot)) FROM {markTable} WHERE link = {SqlLiteral.Quote(link)}",
                cancellationToken
            );
            return rows.Select(r => r[0]).OfType<string>().ToHashSet();
        }
        catch (MySqlException e) when (e.Number is ErrorNumber.StoredProgramDoesNotExist or ErrorNumber.NotSupportedYet)
        {
            return new HashSet<string>();
        }
    }
}
