namespace Oms.Metadata;

/// <summary>The right of one process to run a link, until it expires or is released.</summary>
/// <param name="Host">The machine of the process.</param>
/// <param name="ProcessId">Its id there.</param>
/// <param name="Token">Names this very run.</param>
/// <param name="Expires">Until when it holds unless renewed.</param>
internal sealed record Lease(string Host, int ProcessId, string Token, DateTimeOffset Expires);
