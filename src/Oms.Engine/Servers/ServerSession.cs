using Oms.MySql;

namespace Oms.Servers;

/// <summary>The one place where the engine opens connections: each gets the settings of its purpose (<see cref="SessionSettings"/>) before
/// anything else is asked of it.</summary>
internal static class ServerSession
{
    /// <summary>Statements may take hours; a server that is silent for so many seconds has to show that it lives.</summary>
    private const uint LivenessProbeSeconds = 30;

    /// <summary>A connection that is to be opened with
    /// <see cref="OpenAsync(RowSession, SessionPurpose, CancellationToken)"/>.</summary>
    /// <param name="commandSeconds">How long a statement may take; 0: without a limit of ours.</param>
    public static RowSession Create(SessionOptions server, SessionPurpose purpose, int commandSeconds = 0)
    {
        // RunDdl has another's text: even if it could be read as two statements, the server takes one.
        return new RowSession(
            server with
            {
                DefaultCommandTimeout = (uint)commandSeconds,
                LivenessProbe = LivenessProbeSeconds,
                AllowBatch = purpose != SessionPurpose.RunDdl,
            }
        );
    }

    /// <summary>Opens a connection and sets its session up.</summary>
    /// <exception cref="MySqlException">No connection, or the server refused a setting.</exception>
    /// <exception cref="OmsException">SessionSettingDenied</exception>
    public static async Task OpenAsync(RowSession connection, SessionPurpose purpose, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken);
        await PrepareAsync(connection, purpose, cancellationToken);
    }

    /// <inheritdoc cref="OpenAsync(RowSession, SessionPurpose, CancellationToken)"/>
    /// <param name="commandSeconds">How long a statement may take; 0: without a limit of ours.</param>
    public static async Task<RowSession> OpenAsync(
        SessionOptions server,
        SessionPurpose purpose,
        CancellationToken cancellationToken,
        int commandSeconds = 0
    )
    {
        var connection = Create(server, purpose, commandSeconds);
        try
        {
            await OpenAsync(connection, purpose, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives an open session the settings of a purpose, whatever has become of it.</summary>
    /// <exception cref="OmsException">SessionSettingDenied</exception>
    public static async Task PrepareAsync(RowSession connection, SessionPurpose purpose, CancellationToken cancellationToken)
    {
        var variables = await ServerVariables.OfAsync(connection, cancellationToken);
        var settings = SessionSettings
            .Of(purpose, connection.Flavour, ServerVersionNumber.Of(connection.ServerVersion))
            .Where(s => variables.NameOf(s) is not null)
            .ToList();
        var free = settings.Where(s => s.Fits is null && !variables.IsDenied(s)).ToList();
        if (await SetAndAskAsync(connection, variables, free, settings.Except(free), purpose, cancellationToken) is { } values)
            await MendAsync(connection, variables, values, cancellationToken);
    }

    /// <summary>Sets what the account may set and asks for the values of the rest, in one round trip where the session takes two statements
    /// at once.</summary>
    private static async Task<IEnumerable<(SessionSetting Setting, string? Value)>?> SetAndAskAsync(
        RowSession connection,
        ServerVariables variables,
        List<SessionSetting> free,
        IEnumerable<SessionSetting> guarded,
        SessionPurpose purpose,
        CancellationToken cancellationToken
    )
    {
        var asked = guarded.ToList();
        var isOne = asked.Count > 0 && connection.Flavour != ServerFlavour.OceanBase && purpose != SessionPurpose.RunDdl;
        try
        {
            if (isOne)
                return asked.Zip(
                    (await connection.QueryRowAsync($"{SetSql(variables, free)};{AskSql(variables, asked)}", cancellationToken))!
                );
            await connection.ExecuteAsync(SetSql(variables, free), cancellationToken);
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.SpecificAccessDenied)
        {
            // A version that guards more of them than those that are known here.
            foreach (var setting in free)
            {
                if (!await TrySetAsync(connection, variables, setting, cancellationToken))
                    asked.Add(setting);
            }
        }
        return asked.Count == 0 ? null : asked.Zip((await connection.QueryRowAsync(AskSql(variables, asked), cancellationToken))!);
    }

    private static async Task MendAsync(
        RowSession connection,
        ServerVariables variables,
        IEnumerable<(SessionSetting Setting, string? Value)> values,
        CancellationToken cancellationToken
    )
    {
        foreach (
            var (setting, value) in values.Where(v => !v.Setting.IsFit(v.Value) && !(v.Setting.IsOptional && variables.IsDenied(v.Setting)))
        )
        {
            if (!await TrySetAsync(connection, variables, setting, cancellationToken) && !setting.IsOptional)
                throw Denied(variables.NameOf(setting)!, value, setting.Value);
        }
    }

    private static string SetSql(ServerVariables variables, IEnumerable<SessionSetting> settings) =>
        $"SET SESSION {string.Join(", ", settings.Select(s => $"{variables.NameOf(s)} = {s.Value}"))}";

    private static string AskSql(ServerVariables variables, IEnumerable<SessionSetting> settings) =>
        $"SELECT {string.Join(", ", settings.Select(s => $"@@session.{variables.NameOf(s)}"))}";

    /// <returns>False when the account may not.</returns>
    private static async Task<bool> TrySetAsync(
        RowSession connection,
        ServerVariables variables,
        SessionSetting setting,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await connection.ExecuteAsync(SetSql(variables, [setting]), cancellationToken);
            return true;
        }
        catch (MySqlException e) when (e.Number == ErrorNumber.SpecificAccessDenied)
        {
            variables.Deny(setting);
            return false;
        }
    }

    private static OmsException Denied(string variable, string? value, string wanted) =>
        new(
            "SessionSettingDenied",
            OmsErrorKind.PermissionDenied,
            $"The server gives sessions {variable} = {value}, with which values could be written wrongly, and the account may not set it to {wanted}.",
            $"SET GLOBAL {variable} = {wanted} at the server (and in its option file), or grant the account SESSION_VARIABLES_ADMIN (MariaDB: BINLOG ADMIN, or SUPER).",
            variable
        );
}
