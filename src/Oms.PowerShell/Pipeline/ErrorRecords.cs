using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>The one place where engine errors become error records.</summary>
internal static class ErrorRecords
{
    /// <summary>The record's id begins with <see cref="OmsException.Id"/>; the remedy is its recommended action.</summary>
    public static ErrorRecord ToErrorRecord(this OmsException exception, object target)
    {
        var said = CmdletWords.Words.Say(exception);
        return new ErrorRecord(said, said.Id, Category(said.Kind), said.TargetObject ?? target)
        {
            ErrorDetails = new ErrorDetails(said.Message) { RecommendedAction = said.Remedy },
        };
    }

    private static ErrorCategory Category(OmsErrorKind kind) =>
        kind switch
        {
            OmsErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
            OmsErrorKind.NotFound => ErrorCategory.ObjectNotFound,
            OmsErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
            OmsErrorKind.InvalidState => ErrorCategory.InvalidOperation,
            OmsErrorKind.ConnectionFailed => ErrorCategory.ConnectionError,
            OmsErrorKind.AuthenticationFailed => ErrorCategory.AuthenticationError,
            OmsErrorKind.PermissionDenied => ErrorCategory.PermissionDenied,
            OmsErrorKind.SchemaMismatch => ErrorCategory.InvalidData,
            OmsErrorKind.DataConflict => ErrorCategory.InvalidResult,
            OmsErrorKind.Unsupported => ErrorCategory.NotImplemented,
            OmsErrorKind.LimitExceeded => ErrorCategory.LimitsExceeded,
            OmsErrorKind.Timeout => ErrorCategory.OperationTimeout,
            _ => ErrorCategory.NotSpecified,
        };
}
