using System.Collections.Immutable;
using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>
/// What columns a source's tables had at each position of its log: a snapshot and what the DDL statements behind it made of it. Kept in a
/// file, so that rows which are decoded later, or again after a crash, are decoded with the columns of their own time. Writers wait for one
/// another; <see cref="Find"/> from any thread.
/// </summary>
public sealed class SchemaHistory : IDisposable
{
    private const int ShownSql = 400;

    private readonly Lock _writing = new();
    private readonly SchemaHistoryFile _file;
    private SchemaState? _state;
    private volatile Timeline? _timeline;

    private SchemaHistory(SchemaHistoryFile file, SchemaRecording? recording)
    {
        _file = file;
        if (recording is not null)
            Restore(recording);
    }

    /// <summary>
    /// The position up to which the history is told: that of the snapshot or of the last statement that changed something. The log must be
    /// read from here or from before. Null without a snapshot.
    /// </summary>
    public BinlogPosition? Position { get; private set; }

    /// <summary>The file that holds it.</summary>
    public string Path => _file.Path;

    /// <summary>The position where the history begins; null without a snapshot.</summary>
    public BinlogPosition? Start => _timeline?.Start;

    /// <summary>The schema at <see cref="Position"/>; null without a snapshot.</summary>
    public SchemaState? State => _state;

    /// <summary>Opens a history's file, or begins a new one (mode 0600). A last line that a crash cut short is dropped: it never
    /// counted.</summary>
    /// <exception cref="InvalidDataException">The file is damaged elsewhere; the message says where and what to do.</exception>
    /// <exception cref="IOException">It can't be opened, or another process has it open.</exception>
    public static SchemaHistory Open(string path)
    {
        var file = SchemaHistoryFile.Open(path, out var recording);
        return new SchemaHistory(file, recording);
    }

    /// <summary>
    /// Reads the schema as it is now at a position of the log, which becomes the newest version of every table in these databases;
    /// databases that are not named are no longer followed.
    /// </summary>
    /// <param name="connection">To the server whose log is read.</param>
    /// <param name="databases">The databases whose tables are to be followed.</param>
    /// <param name="readPosition">
    /// Tells a position of the log behind everything that was committed before the call; by default the server's own word. OceanBase's
    /// binlog service lags behind its data: there, write a row and give the position at which it came.
    /// </param>
    /// <exception cref="InvalidOperationException">The schema did not rest, the server writes no log, or the position lies before what is
    /// recorded.</exception>
    /// <exception cref="MySqlException">A query failed.</exception>
    public async Task SnapshotAsync(
        RowSession connection,
        IReadOnlyCollection<string> databases,
        Func<CancellationToken, Task<BinlogPosition>>? readPosition = null,
        CancellationToken cancellationToken = default
    )
    {
        var snapshot = await SchemaSnapshot.TakeAsync(
            connection,
            databases,
            readPosition ?? (cancel => LogEndAsync(connection, cancel)),
            cancellationToken
        );
        Take(snapshot);
    }

    private static async Task<BinlogPosition> LogEndAsync(RowSession connection, CancellationToken cancellationToken) =>
        await ServerLog.EndAsync(connection, cancellationToken)
        ?? throw new InvalidOperationException($"{connection.Endpoint} writes no binary log. Start it with log_bin.");

    /// <summary>Takes in a snapshot.</summary>
    /// <exception cref="InvalidOperationException">It lies before what is recorded.</exception>
    internal void Take(SchemaSnapshot snapshot)
    {
        using var writing = _writing.EnterScope();
        if (Position is { } recorded && snapshot.Position < recorded)
            throw new InvalidOperationException(
                $"The schema was read at {snapshot.Position}, which is before {recorded}, where its history ends: the log was reset, or this is another server. Begin a new history."
            );
        var versions = Empty(snapshot.Server.NameComparer);
        if (_timeline is { } known)
            versions = versions.AddRange(known.Versions);
        foreach (var (table, state) in snapshot.Tables)
            versions = Append(versions, table, new TableVersion(snapshot.Position, state));
        foreach (var (table, list) in versions)
            if (!snapshot.Tables.ContainsKey(table) && !list[^1].State.IsAbsent)
                versions = versions.SetItem(table, list.Add(new TableVersion(snapshot.Position, TableState.Absent)));
        Replace(
            new SchemaRecording(
                Start ?? snapshot.Position,
                snapshot.Position,
                snapshot.Server,
                snapshot.Databases,
                versions,
                [.. _state?.TemporaryTables ?? []]
            )
        );
    }

    /// <summary>
    /// Takes in a statement of the log. What it changes is in the file, and safe there, before it counts. One at or before
    /// <see cref="Position"/> was taken in already and changes nothing.
    /// </summary>
    /// <param name="endOfStatement">The position behind its QUERY event (of a compressed transaction: behind the payload event).</param>
    /// <param name="query">The event; most (BEGIN, COMMIT, …) are passed over at a glance.</param>
    /// <returns>The tables that are other than before.</returns>
    /// <exception cref="InvalidOperationException">There is no snapshot yet.</exception>
    /// <exception cref="IOException">The file could not be written: nothing has changed.</exception>
    public IReadOnlyCollection<QualifiedTable> Apply(BinlogPosition endOfStatement, QueryEvent query)
    {
        if (!SchemaStatement.MayConcernTables(query.Sql.Span))
            return [];
        using var writing = _writing.EnterScope();
        var state =
            _state
            ?? throw new InvalidOperationException("The schema history has no snapshot yet: take one before statements are applied.");
        if (endOfStatement <= Position)
            return [];
        var statement = SchemaStatement.Of(query, state.Server);
        var change = state.Plan(statement, endOfStatement.ToString());
        if (change.IsEmpty)
            return [];
        Record(endOfStatement, ShownStatement.Of(statement.Sql, ShownSql), change);
        return [.. change.Tables.Keys];
    }

    /// <summary>Takes in what a table is behind the last statement, where the statement does not tell it and somebody else does. One that
    /// is known, or was changed since, stays as it is.</summary>
    /// <param name="endOfStatement">The position behind the statement.</param>
    /// <param name="told">Who says so, as it may be shown.</param>
    /// <exception cref="IOException">The file could not be written: nothing has changed.</exception>
    public void Adopt(BinlogPosition endOfStatement, QualifiedTable table, TableDefinition definition, string told)
    {
        if (_state is not { } state || endOfStatement < Position || state.Find(table.Database, table.Table).Uncertainty is null)
            return;
        var change = new SchemaChange(state.Server.NameComparer);
        change.TableMap[table] = TableState.Known(definition);
        Record(endOfStatement, told, change);
    }

    private void Record(BinlogPosition at, string shown, SchemaChange change)
    {
        _file.Append(at, shown, change);
        _state!.Commit(change);
        var versions = _timeline!.Versions;
        foreach (var (table, changed) in change.Tables)
            versions = Append(versions, table, new TableVersion(at, changed, shown));
        (_timeline, Position) = (_timeline with { Versions = versions }, at);
    }

    /// <summary>The columns that a table has in rows events at a position.</summary>
    /// <param name="at">The start (or the end) of the TABLE_MAP event.</param>
    public SchemaLookup Find(string database, string table, BinlogPosition at)
    {
        var name = new QualifiedTable(database, table);
        if (_timeline is not { } timeline)
            return SchemaLookup.Unknown("the schema history has no snapshot yet");
        if (at < timeline.Start)
            return SchemaLookup.Unknown(
                $"the schema history begins at {timeline.Start}, behind {at}: read the log from there, or take what is before from a new full migration"
            );
        var version = timeline.Versions.TryGetValue(name, out var versions) ? versions.FindLast(v => v.From <= at) : null;
        var lookup = version?.State switch
        {
            { Definition: { IsSystemVersioned: true } } => new(
                SchemaKnowledge.Uncertain,
                [],
                $"table {name} has system versioning: its rows in the log hold columns that the schema does not show. Leave it out of the selection, or drop its versioning"
            ),
            { Definition: { } definition } => new(SchemaKnowledge.Known, definition.Columns, null) { Definition = definition },
            { Uncertainty: { } reason } => new(SchemaKnowledge.Uncertain, [], $"table {name} is uncertain at {at}: {reason}"),
            _ => SchemaLookup.Unknown(
                version is null
                    ? $"table {name} is not known at {at}: it was not there, or its database is not followed"
                    : $"table {name} was not there at {at}: it was gone by {version.From}"
            ),
        };
        return version is null ? lookup : lookup with { Since = version.From, Statement = version.Sql };
    }

    /// <summary>The tables that were there at a position, certain or not.</summary>
    public IReadOnlyList<QualifiedTable> TablesAt(BinlogPosition at) =>
        _timeline is { } timeline && at >= timeline.Start
            ? [.. timeline.Versions.Where(t => t.Value.FindLast(v => v.From <= at) is { State.IsAbsent: false }).Select(t => t.Key)]
            : [];

    /// <summary>Forgets what rows behind a position don't need: of each table the newest version at or before it stays, and all that are
    /// behind it.</summary>
    /// <exception cref="IOException">The file could not be written: nothing has changed.</exception>
    public void RemoveBefore(BinlogPosition position)
    {
        using var writing = _writing.EnterScope();
        if (_state is not { } state || position <= Start)
            return;
        var kept = Empty(state.Server.NameComparer);
        foreach (var (table, versions) in _timeline!.Versions)
        {
            var first = Math.Max(0, versions.FindLastIndex(v => v.From <= position));
            var rest = versions.RemoveRange(0, first);
            if (rest.Count > 1 || !rest[0].State.IsAbsent)
                kept = kept.Add(table, rest);
        }
        Replace(new SchemaRecording(position, Position!.Value, state.Server, state.Databases, kept, [.. state.TemporaryTables]));
    }

    /// <summary>
    /// Writes the schema of <see cref="Position"/> as the beginning of another log's history: that of a replica, from a place on behind
    /// which stands nothing of this log's but what is passed over there. What its statements make of it depends on the replica's settings.
    /// </summary>
    /// <param name="path">A new file; one that is there is replaced.</param>
    /// <exception cref="InvalidOperationException">There is no snapshot yet.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Continue(string path, BinlogPosition start, ServerCatalogue server)
    {
        using var writing = _writing.EnterScope();
        var state = _state ?? throw new InvalidOperationException("The schema history has no snapshot yet.");
        var versions = Empty(server.NameComparer);
        foreach (var (table, known) in state.Tables)
            versions = Append(versions, table, new TableVersion(start, known));
        using var file = SchemaHistoryFile.Open(path, out _);
        file.Replace(new SchemaRecording(start, start, server, state.Databases, versions, [.. state.TemporaryTables]));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Replace(SchemaRecording recording)
    {
        _file.Replace(recording);
        Restore(recording);
    }

    private void Restore(SchemaRecording recording)
    {
        var state = new SchemaState(recording.Server);
        var change = new SchemaChange(recording.Server.NameComparer);
        foreach (var (name, database) in recording.Databases)
            change.DatabaseMap[name] = database;
        foreach (var (table, versions) in recording.Versions)
            change.TableMap[table] = versions[^1].State;
        foreach (var temporary in recording.TemporaryTables)
            change.TemporaryMap[temporary] = true;
        state.Commit(change);
        (_state, _timeline, Position) = (state, new Timeline(recording.Start, recording.Versions), recording.Position);
    }

    internal static ImmutableDictionary<QualifiedTable, ImmutableList<TableVersion>> Empty(StringComparer names) =>
        ImmutableDictionary.Create<QualifiedTable, ImmutableList<TableVersion>>(new QualifiedTableComparer(names));

    internal static ImmutableDictionary<QualifiedTable, ImmutableList<TableVersion>> Append(
        ImmutableDictionary<QualifiedTable, ImmutableList<TableVersion>> versions,
        QualifiedTable table,
        TableVersion version
    ) => versions.SetItem(table, (versions.GetValueOrDefault(table) ?? []).Add(version));

    // Replaced as a whole, so that a reader on another thread sees one or the other.
    private sealed record Timeline(BinlogPosition Start, ImmutableDictionary<QualifiedTable, ImmutableList<TableVersion>> Versions);
}

/// <summary>How a table stands from a position on.</summary>
/// <param name="Sql">The statement that made it so, as it may be shown; null for a snapshot.</param>
internal sealed record TableVersion(BinlogPosition From, TableState State, string? Sql = null);

/// <summary>All that a history's file holds.</summary>
internal sealed record SchemaRecording(
    BinlogPosition Start,
    BinlogPosition Position,
    ServerCatalogue Server,
    IReadOnlyDictionary<string, DatabaseState> Databases,
    ImmutableDictionary<QualifiedTable, ImmutableList<TableVersion>> Versions,
    IReadOnlyList<TemporaryTable> TemporaryTables
);
