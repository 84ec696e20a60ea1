using Oms.MySql;
using Oms.MySql.Binlog;

namespace Oms.Store;

/// <summary>Asks a source about its binary log.</summary>
internal static class SourceLog
{
    /// <summary>The end of the log: everything committed before the question stands before it.</summary>
    /// <exception cref="OmsException">BinlogOff</exception>
    public static async Task<BinlogPosition> EndAsync(RowSession connection, CancellationToken cancellationToken) =>
        await ServerLog.EndAsync(connection, cancellationToken)
        ?? throw new OmsException(
            "BinlogOff",
            OmsErrorKind.InvalidState,
            $"{connection.Endpoint} writes no binary log.",
            "Start the server with log_bin and binlog_format=ROW.",
            connection.Endpoint
        );
}
