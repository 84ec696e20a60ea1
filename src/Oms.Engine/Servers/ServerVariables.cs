using System.Collections.Concurrent;
using Oms.MySql;

namespace Oms.Servers;

/// <summary>What is known of a server's variables after its first session: the names of those that it has, and those that the account may
/// not set.</summary>
internal sealed class ServerVariables
{
    private static readonly ConcurrentDictionary<string, ServerVariables> s_known = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, bool> _denied = new(StringComparer.Ordinal);
    private readonly IReadOnlySet<string> _names;

    private ServerVariables(IReadOnlySet<string> names) => _names = names;

    /// <summary>Asks the server once for each account and version: behind one name there may be another server after a while.</summary>
    public static async Task<ServerVariables> OfAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var server = $"{connection.Endpoint}\n{connection.Options.UserID}\n{connection.ServerVersion}";
        if (s_known.TryGetValue(server, out var known))
            return known;
        // SHOW too is cut off, refused or stopped by these, which every server has.
        var limits =
            $"sql_select_limit = {SessionSettings.NoLimit}, sql_big_selects = 1{(connection.Flavour == ServerFlavour.MariaDb ? ", max_statement_time = 0" : "")}";
        await connection.ExecuteAsync($"SET SESSION {limits}", cancellationToken);
        var names = (await connection.QueryRowsAsync("SHOW SESSION VARIABLES", cancellationToken))
            .Select(r => r[0]!)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return s_known.GetOrAdd(server, new ServerVariables(names));
    }

    /// <summary>The name by which the server knows a setting's variable; null when it has none.</summary>
    public string? NameOf(SessionSetting setting) => setting.Names.FirstOrDefault(_names.Contains);

    /// <summary>Whether the account was once refused to set it.</summary>
    public bool IsDenied(SessionSetting setting) => _denied.ContainsKey(setting.Name);

    public void Deny(SessionSetting setting) => _denied.TryAdd(setting.Name, true);
}
