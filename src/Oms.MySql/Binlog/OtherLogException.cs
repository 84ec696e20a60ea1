namespace Oms.MySql.Binlog;

/// <summary>A server's log is another one than was read before: it was reset, or the server was restored or exchanged. What came behind the
/// last event that was read can't be told.</summary>
public sealed class OtherLogException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <param name="known">The last event that was read.</param>
    /// <param name="reason">By what the other log shows.</param>
    internal OtherLogException(KnownEvent known, string reason, Exception? inner = null)
        : this($"The log was read up to {known.Start}, event of type {known.Header.Type}, and {reason}.", inner) { }
}
