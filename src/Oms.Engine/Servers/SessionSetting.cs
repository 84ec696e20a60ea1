using Oms.MySql;

namespace Oms.Servers;

/// <summary>A session variable and the value that the engine's statements need.</summary>
/// <param name="Name">The variable; where products call it differently, its names with a bar between them, the newest first.</param>
/// <param name="Value">The value as SQL.</param>
/// <param name="Servers">The products on which it is set; null: all that have the variable.</param>
internal sealed record SessionSetting(string Name, string Value, params ServerFlavour[] Servers)
{
    /// <summary>
    /// For a variable that an account needs a privilege to set (of its own, on some product): tells of the session's value whether it may
    /// stay. Such a variable is looked at first, and set only if it may not. Null: whoever logs in may set it.
    /// </summary>
    public Func<string?, bool>? Fits { get; init; }

    /// <summary>Whether another value may stay where it can't be set: the server itself refuses, with an error, what would go wrong under
    /// it, or no value of a row depends on it.</summary>
    public bool IsOptional { get; init; }

    public IEnumerable<string> Names => Name.Split('|');

    /// <summary>Whether a session with this value can do its work.</summary>
    public bool IsFit(string? value) =>
        Fits?.Invoke(value) ?? string.Equals(Value.Trim('\''), value ?? "NULL", StringComparison.OrdinalIgnoreCase);

    public bool IsFor(ServerFlavour server) => Servers.Length == 0 || Servers.Contains(server);
}
