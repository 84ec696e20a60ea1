namespace Oms;

/// <summary>What kind of thing went wrong; cmdlets map it to an ErrorCategory.</summary>
public enum OmsErrorKind
{
    InvalidArgument,
    NotFound,
    AlreadyExists,
    InvalidState,
    ConnectionFailed,
    AuthenticationFailed,
    PermissionDenied,
    SchemaMismatch,
    DataConflict,
    Unsupported,
    LimitExceeded,
    Timeout,
    Internal,
}

/// <summary>
/// An error for the person at the prompt: <see cref="Id"/> is stable (for scripts), the message names the thing and the reason,
/// <see cref="Remedy"/> says what to do about it. Never holds a secret.
/// </summary>
public sealed class OmsException : Exception
{
    public OmsException(string id, OmsErrorKind kind, string message, string remedy, object? target = null, Exception? inner = null)
        : base(message, inner) => (Id, Kind, Remedy, TargetObject) = (id, kind, remedy, target);

    /// <summary>Stable identifier in PascalCase, e.g. <c>ProjectNameInvalid</c>.</summary>
    public string Id { get; }
    public OmsErrorKind Kind { get; }

    /// <summary>What to do about it, one sentence.</summary>
    public string Remedy { get; }

    /// <summary>The name of what failed.</summary>
    public object? TargetObject { get; }
}
