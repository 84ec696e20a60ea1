using System.Globalization;

namespace Oms.MySql.Packets;

/// <summary>What a session is told and asked after the log-in.</summary>
internal static class SessionSetup
{
    // Some servers are set up to ignore the handshake's character set (skip-character-set-client-handshake).
    private const string SetNames = "SET NAMES utf8mb4";

    private static readonly string[] s_questions = ["CONNECTION_ID()", "@@max_allowed_packet", "VERSION()", "@@version_comment"];

    public static async Task RunAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        var answers = await AskAsync(session, cancellationToken);
        var version = answers[2] ?? session.ServerVersion;
        // A proxy may greet with a version of its own.
        var flavour =
            ServerVersionText.Flavour(answers[3] ?? "") == ServerFlavour.OceanBase
                ? ServerFlavour.OceanBase
                : ServerVersionText.Flavour(version);
        session.Identify(version, flavour, Number(answers[0]) ?? session.ConnectionId, Number(answers[1]) ?? session.MaxAllowedPacket);
    }

    private static async Task<string?[]> AskAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        var all = $"SELECT {string.Join(", ", s_questions)}";
        if (session.Flavour != ServerFlavour.OceanBase && session.Options.AllowBatch)
        {
            return
                await session.QueryAsync($"{SetNames}; {all}", cancellationToken) is [{ Length: var asked } answers]
                && asked == s_questions.Length
                && answers[0] is not null
                ? answers
                : await AskOneByOneAsync(session, cancellationToken);
        }
        // A session may be without multi-statements; OceanBase's binlog service knows no two statements at once, and answers the first of
        // several questions only.
        await session.ExecuteAsync(SetNames, cancellationToken);
        return await session.QueryAsync(all, cancellationToken) is [{ Length: var answered } row] && answered == s_questions.Length
            ? row
            : await AskOneByOneAsync(session, cancellationToken);
    }

    private static async Task<string?[]> AskOneByOneAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(SetNames, cancellationToken);
        var answers = new string?[s_questions.Length];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = await session.QueryAsync($"SELECT {s_questions[i]}", cancellationToken) is [[var answer]] ? answer : null;
        return answers;
    }

    private static long? Number(string? text) =>
        text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw ClientError.Malformed($"'{text}' where a number was asked for");
}
