using Oms.MySql;

namespace Oms.FullImport;

/// <summary>The errors of full migration in the words of the person who has to mend them.</summary>
internal static class ImportError
{
    public static OmsException Reading(TableCopy table, MySqlException e) =>
        new(
            "FullImportReadFailed",
            KindOf(e),
            $"Table {table.Source} can't be read at the source: {e.Message} (error {e.Number}).",
            "Mend the cause at the source and start the link again: it goes on where it stopped.",
            table.Source.ToString(),
            e
        );

    public static OmsException Writing(TableCopy table, MySqlException e) =>
        e.Number switch
        {
            ErrorNumber.DuplicateEntry => new(
                "RecordExists",
                OmsErrorKind.DataConflict,
                $"Table {table.Destination} at the destination has a row already that {table.Source} brings: {e.Message}.",
                "Empty the table at the destination; or start the link again: it then keeps existing rows and counts them.",
                table.Source.ToString(),
                e
            ),
            _ => new(
                "FullImportWriteFailed",
                KindOf(e),
                $"Rows of {table.Source} can't be written to {table.Destination} at the destination: {e.Message} (error {e.Number}).",
                "Mend the cause at the destination and start the link again: it goes on where it stopped.",
                table.Source.ToString(),
                e
            ),
        };

    public static OmsException RowTooLarge(TableCopy table, byte[]? after, long limit) =>
        new(
            "RowTooLarge",
            OmsErrorKind.LimitExceeded,
            $"A row of {table.Source}{(after is null ? "" : $" behind {table.Key.Describe(after)}")} makes a statement of more than {limit:N0} bytes.",
            "Raise max_allowed_packet at the destination (up to 1 GB) and start the link again.",
            table.Source.ToString()
        );

    public static OmsException ValueChanged(TableCopy table, string warning) =>
        new(
            "ValueNotStorable",
            OmsErrorKind.SchemaMismatch,
            $"The destination would change a value of {table.Source} instead of storing it: {warning}.",
            "Make the column at the destination like the one at the source and start the link again.",
            table.Source.ToString()
        );

    private static OmsErrorKind KindOf(MySqlException e) =>
        e.Number switch
        {
            _ when e.IsConnectionLost => OmsErrorKind.ConnectionFailed,
            ErrorNumber.DatabaseAccessDenied
            or ErrorNumber.AccessDenied
            or ErrorNumber.TableAccessDenied
            or ErrorNumber.ColumnAccessDenied
            or ErrorNumber.SpecificAccessDenied => OmsErrorKind.PermissionDenied,
            ErrorNumber.BadNull
            or ErrorNumber.BadField
            or ErrorNumber.WrongValueCountOnRow
            or ErrorNumber.NoSuchTable
            or ErrorNumber.DataOutOfRange
            or ErrorNumber.DataTruncated
            or ErrorNumber.TruncatedWrongValue
            or ErrorNumber.TruncatedWrongValueForField
            or ErrorNumber.DataTooLong => OmsErrorKind.SchemaMismatch,
            ErrorNumber.DiskFull or ErrorNumber.OutOfResources or ErrorNumber.RecordFileFull or ErrorNumber.NetPacketTooLarge =>
                OmsErrorKind.LimitExceeded,
            ErrorNumber.LockWaitTimeout or ErrorNumber.LockDeadlock or ErrorNumber.QueryTimeout => OmsErrorKind.Timeout,
            _ => OmsErrorKind.Internal,
        };
}
