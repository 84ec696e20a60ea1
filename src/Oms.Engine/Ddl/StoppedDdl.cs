namespace Oms;

/// <summary>A DDL statement before which a link has stopped.</summary>
/// <param name="Position">Where it stands in the source's log.</param>
/// <param name="Statement">Its text, passwords left out.</param>
/// <param name="Reason">Why it could not be synchronized.</param>
public sealed record StoppedDdl(string Position, string Statement, string Reason);

/// <summary>A user's decision that a link passes over a DDL statement.</summary>
/// <param name="Position">Where it stands in the source's log.</param>
/// <param name="Statement">Its text, passwords left out.</param>
/// <param name="Reason">Why it had not been synchronized.</param>
/// <param name="User">Who decided.</param>
/// <param name="Time">When.</param>
public sealed record SkippedDdl(string Position, string Statement, string Reason, string User, DateTimeOffset Time)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Position}: {Statement} ({User}, {Time:u})";
}

/// <summary>A DDL statement that a link has gone past without synchronizing it, by the project's choice.</summary>
/// <param name="Position">Where it stands in the source's log.</param>
/// <param name="Statement">Its text, passwords left out.</param>
/// <param name="Reason">What it does that the destination has not.</param>
/// <param name="Time">When the source ran it.</param>
public sealed record PassedDdl(string Position, string Statement, string Reason, DateTimeOffset Time)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Position}: {Reason}: {Statement}";
}
