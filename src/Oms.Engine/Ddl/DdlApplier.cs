using System.Globalization;
using System.Text.RegularExpressions;
using Oms.Context;
using Oms.Marks;
using Oms.MySql;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

/// <summary>
/// Runs the source's DDL at the destination on a connection of its own: a barrier in the stream. Each statement is announced before, with
/// the structure of its tables, and its end is recorded behind it. What a crash left announced is looked at before anything is run again:
/// tables that are as they were before it are still to be changed, tables that are as it makes them are done.
/// </summary>
internal sealed partial class DdlApplier(SessionOptions server, TxnMark mark)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a statement of the log, or goes on with it where an earlier attempt was cut off.</summary>
    /// <param name="server">The source.</param>
    /// <exception cref="DdlRefusedException">The destination can't or may not run it.</exception>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public async Task RunAsync(SourceDdl ddl, ServerCatalogue server, long sequence, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var position = ddl.Start.ToString();
        var announced = await AnnouncedDdl.FindAsync(connection, mark, cancellationToken);
        if (announced?.Position == position)
        {
            if (!announced.IsDone)
                await GoOnAsync(connection, announced, sequence, cancellationToken);
            return;
        }
        await RunStepsAsync(
            connection,
            new AnnouncedDdl
            {
                Position = position,
                End = ddl.End.ToString(),
                Statement = ddl.Shown,
                Steps = ddl.Plan.Steps,
                Settings = DdlSettings.Of(
                    ddl.Statement.Variables,
                    ddl.Time,
                    server,
                    await ServerCatalogueReader.ReadAsync(connection, cancellationToken),
                    ddl.Plan.Steps.Any(s => s.NumbersRows)
                ),
            },
            sequence,
            cancellationToken
        );
    }

    /// <summary>Ends what a process that is gone left announced at the link's position.</summary>
    /// <param name="skipped">The positions of statements that the user has the link pass over.</param>
    /// <returns>Where the link goes on.</returns>
    /// <exception cref="DdlRefusedException">The destination can't or may not run it.</exception>
    public async Task<TxnMark.Checkpoint> EndAnnouncedAsync(
        TxnMark.Checkpoint checkpoint,
        IReadOnlySet<string> skipped,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await OpenAsync(cancellationToken);
        if (
            await AnnouncedDdl.FindAsync(connection, mark, cancellationToken) is not { } announced
            || announced.Position != checkpoint.Position?.ToString()
            || announced.IsDone
        )
            return checkpoint;
        var sequence = checkpoint.Sequence + 1;
        if (skipped.Contains(announced.Position))
        {
            await WaitForSessionAsync(connection, announced, cancellationToken);
            await announced.EndAsync(connection, mark, sequence, cancellationToken);
        }
        else
        {
            await GoOnAsync(connection, announced, sequence, cancellationToken);
        }
        return checkpoint with { Sequence = sequence, Position = MySql.Binlog.BinlogPosition.Parse(announced.End) };
    }

    /// <summary>Records that the link passes over a statement.</summary>
    public async Task SkipAsync(SourceDdl ddl, long sequence, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        if (await AnnouncedDdl.FindAsync(connection, mark, cancellationToken) is { } announced)
            await WaitForSessionAsync(connection, announced, cancellationToken);
        await AnnouncedDdl.EndAsync(connection, mark, sequence, ddl.End, cancellationToken);
    }

    /// <summary>Records where the link stands, which only its newest process can.</summary>
    /// <exception cref="OmsException">LinkTakenOver</exception>
    public async Task ConfirmAsync(MySql.Binlog.BinlogPosition position, long sequence, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await AnnouncedDdl.EndAsync(connection, mark, sequence, position, cancellationToken);
    }

    private async Task GoOnAsync(RowSession connection, AnnouncedDdl announced, long sequence, CancellationToken cancellationToken)
    {
        await WaitForSessionAsync(connection, announced, cancellationToken);
        var step = announced.Steps[announced.Step];
        var now = await StructuresAsync(connection, step, cancellationToken);
        await RunStepsAsync(
            connection,
            DdlProgress.IsDone(step, announced.Before, now) switch
            {
                true => announced with { Step = announced.Step + 1 },
                false => announced,
                null => throw new DdlRefusedException(
                    announced.Position,
                    announced.Statement,
                    $"it was cut off, and the tables {string.Join(", ", step.Tables)} of the destination are neither as they were before it nor as it makes them"
                ),
            },
            sequence,
            cancellationToken
        );
    }

    private async Task RunStepsAsync(RowSession connection, AnnouncedDdl announced, long sequence, CancellationToken cancellationToken)
    {
        for (var i = announced.Step; i < announced.Steps.Count; i++)
        {
            var step = announced.Steps[i];
            announced = announced with { Step = i, Before = await StructuresAsync(connection, step, cancellationToken) };
            await announced.AnnounceAsync(connection, mark, sequence, cancellationToken);
            try
            {
                await ExecuteAsync(connection, step, announced.Settings, cancellationToken);
            }
            catch (MySqlException e) when (e is { IsTransient: false, IsConnectionLost: false })
            {
                await RestoreSessionAsync(connection, cancellationToken);
                if (i == 0)
                    await announced.WithdrawAsync(connection, mark, sequence, cancellationToken);
                throw new DdlRefusedException(
                    announced.Position,
                    announced.Statement,
                    $"the destination refuses it with error {e.Number}: {e.Message}",
                    e
                );
            }
            await RestoreSessionAsync(connection, cancellationToken);
        }
        // Where the log stands still behind it, its rows being the next to come, nothing but this tells that it is done.
        if (announced.End == announced.Position)
            await (announced with { Step = announced.Steps.Count, Before = [] }).AnnounceAsync(
                connection,
                mark,
                sequence,
                cancellationToken
            );
        else
            await announced.EndAsync(connection, mark, sequence, cancellationToken);
    }

    private static async Task RestoreSessionAsync(RowSession connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("SET SESSION timestamp = DEFAULT", cancellationToken);
        await ServerSession.PrepareAsync(connection, SessionPurpose.RunDdl, cancellationToken);
    }

    private async Task ExecuteAsync(
        RowSession connection,
        DdlStep step,
        IReadOnlyList<string> settings,
        CancellationToken cancellationToken
    )
    {
        foreach (var setting in settings)
            await connection.ExecuteAsync($"SET SESSION {setting}", cancellationToken);
        if (step.Kind == DdlStepKind.Drop)
            await connection.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"SET SESSION sql_mode = {DdlSettings.OriginMode}"),
                cancellationToken
            );
        // A link back may take it for a user's, for it is logged with that database as its default: where there is nothing to change it
        // ends here.
        if (
            step.DatabaseDefault is { } wanted
            && (
                await connection.QueryRowAsync(
                    $"SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {SqlLiteral.Quote(wanted.Database)}",
                    cancellationToken
                )
            )?[0] == wanted.Collation
        )
            return;
        // The statement names its tables in full; by the default database a reader of the log knows it for the engine's.
        await connection.ExecuteAsync($"USE {TableName.Quote(mark.Database)}", cancellationToken);
        await connection.ExecuteAsync(OriginComment.Text + step.Sql, cancellationToken);
    }

    /// <summary>
    /// Waits until the connection that ran the statement is gone: a server goes on with what a client that died has sent. One that does
    /// nothing any more is ended, so that nothing comes of it later.
    /// </summary>
    private static async Task WaitForSessionAsync(RowSession connection, AnnouncedDdl announced, CancellationToken cancellationToken)
    {
        var uptime = await connection.QueryRowAsync("SHOW GLOBAL STATUS LIKE 'Uptime'", cancellationToken);
        var now = await connection.QueryRowAsync("SELECT UTC_TIMESTAMP(6)", cancellationToken);
        var started =
            DateTime.Parse(now![0]!, CultureInfo.InvariantCulture)
            - TimeSpan.FromSeconds(long.Parse(uptime![1]!, CultureInfo.InvariantCulture));
        // A server that was restarted since counts its connections anew.
        if (announced.Announced < started || announced.ConnectionId == connection.ConnectionId)
            return;
        using var timer = new PeriodicTimer(s_lookAgain);
        while (
            (await connection.QueryRowsAsync("SHOW FULL PROCESSLIST", cancellationToken)).Find(r =>
                r[0] == announced.ConnectionId.ToString(CultureInfo.InvariantCulture)
            )
                is { } session
        )
        {
            try
            {
                if (session[4] == "Sleep")
                    await connection.ExecuteAsync($"KILL {announced.ConnectionId}", cancellationToken);
            }
            catch (MySqlException e) when (e.Number == ErrorNumber.NoSuchThread)
            {
                return;
            }
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static async Task<IReadOnlyList<string?>> StructuresAsync(
        RowSession connection,
        DdlStep step,
        CancellationToken cancellationToken
    )
    {
        var structures = new List<string?>();
        foreach (var table in step.Tables)
        {
            try
            {
                structures.Add(Anonymous((await connection.QueryRowAsync($"SHOW CREATE TABLE {table.Sql}", cancellationToken))![1]!));
            }
            catch (MySqlException e) when (e.Number is ErrorNumber.NoSuchTable or ErrorNumber.BadDatabase)
            {
                structures.Add(null);
            }
        }
        return structures;
    }

    /// <summary>A table's structure without its name, and without the counter, which rows change too; of a view in its place, which may
    /// have no parenthesis, the whole.</summary>
    private static string Anonymous(string definition) =>
        Counter().Replace(definition[Math.Max(0, definition.IndexOf('(', StringComparison.Ordinal))..], "");

    [GeneratedRegex(@" AUTO_INCREMENT=\d+")]
    private static partial Regex Counter();

    private Task<RowSession> OpenAsync(CancellationToken cancellationToken) =>
        ServerSession.OpenAsync(server, SessionPurpose.RunDdl, cancellationToken);
}
