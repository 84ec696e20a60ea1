namespace Oms.MySql.Binlog;

/// <summary>A log was to be read from one server, and another one has answered.</summary>
public sealed class OtherServerException(string expected, string found)
    : Exception($"The log of server {expected} was to be read, and server {found} has answered.")
{
    /// <summary>The server that was wanted.</summary>
    public string Expected { get; } = expected;

    /// <summary>The server that has answered.</summary>
    public string Found { get; } = found;
}
