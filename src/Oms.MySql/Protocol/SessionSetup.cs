using System.Globalization;

namespace Oms.MySql.Protocol;

/// <summary>What a session is told and asked after the log-in, and again after each reset.</summary>
internal static class SessionSetup
{
    // Some servers are set up to ignore the handshake's character set (skip-character-set-client-handshake).
    private const string Sql = "SET NAMES utf8mb4; SELECT CONNECTION_ID(), @@max_allowed_packet, VERSION(), @@version_comment, DATABASE()";

    /// <summary>Sets the session up; returns its default database, empty when it has none.</summary>
    public static async Task<string> RunAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(Sql, cancellationToken);
        if (rows is not [[{ } id, { } maxAllowedPacket, { } version, var comment, var database]])
            throw ClientError.Malformed("no answer to the session's set-up");
        // A proxy may greet with a version of its own.
        var flavour = ServerVersionText.Flavour(comment ?? "") == ServerFlavour.OceanBase ? ServerFlavour.OceanBase : ServerVersionText.Flavour(version);
        session.Identify(version, flavour, long.Parse(id, CultureInfo.InvariantCulture), long.Parse(maxAllowedPacket, CultureInfo.InvariantCulture));
        return database ?? "";
    }
}
