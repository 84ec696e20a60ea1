using System.Collections.Immutable;
using System.Text.Json;
using Oms.MySql.Replication;

namespace Oms.MySql.Schema;

/// <summary>Puts a recording together from the lines of its file.</summary>
internal sealed class SchemaRecordingBuilder
{
    private readonly BinlogPosition _start;
    private readonly ServerCatalogue _server;
    private readonly Dictionary<string, DatabaseState> _databases;
    private readonly HashSet<TemporaryTable> _temporaryTables = [];
    private ImmutableDictionary<QualifiedTable, ImmutableList<TableVersion>> _versions;
    private BinlogPosition _position;

    private SchemaRecordingBuilder(BinlogPosition start, ServerCatalogue server)
    {
        (_start, _server) = (start, server);
        _databases = new Dictionary<string, DatabaseState>(server.NameComparer);
        _versions = SchemaHistory.Empty(server.NameComparer);
    }

    /// <summary>Takes in the next line; the first one makes the builder.</summary>
    /// <exception cref="JsonException">The line lacks what it must have.</exception>
    /// <exception cref="FormatException">A position in it is none.</exception>
    public static SchemaRecordingBuilder Add(SchemaRecordingBuilder? builder, SchemaHistoryLine line, int format)
    {
        if (builder is null)
        {
            if (line.Format != format || line.Start is null || line.Server is null)
                throw new JsonException($"it does not begin a schema history of format {format}.");
            builder = new SchemaRecordingBuilder(BinlogPosition.Parse(line.Start), line.Server);
        }
        builder.Add(line);
        return builder;
    }

    public SchemaRecording Build() => new(_start, _position, _server, _databases, _versions, [.. _temporaryTables]);

    private void Add(SchemaHistoryLine line)
    {
        var at = BinlogPosition.Parse(line.At ?? throw new JsonException("it has no position."));
        if (line.Format is not null || at > _position)
            _position = at;
        foreach (var database in line.Databases ?? [])
        {
            if (database.Followed is { } followed)
                _databases[database.Name] = new DatabaseState(database.Collation, followed);
            else
                _databases.Remove(database.Name);
        }
        foreach (var table in line.Tables ?? [])
            _versions = SchemaHistory.Append(_versions, new QualifiedTable(table.Database, table.Table), new TableVersion(at, State(table), line.Sql));
        foreach (var temporary in line.Temporary ?? [])
        {
            var table = new TemporaryTable(temporary.Thread, new QualifiedTable(temporary.Database, temporary.Table));
            if (temporary.There)
                _temporaryTables.Add(table);
            else
                _temporaryTables.Remove(table);
        }
    }

    private static TableState State(TableLine table) =>
        table.Uncertain is { } reason ? TableState.Uncertain(reason)
        : table.Columns is not { } columns ? TableState.Absent
        : TableState.Known(new TableDefinition([.. columns.Select(Column)]) { Collation = table.Collation, PrimaryKey = table.Key ?? [], IsSystemVersioned = table.Versioned ?? false });

    private static ColumnShape Column(ColumnLine column) => new()
    {
        Name = column.Name, DataType = column.DataType, ColumnType = column.Type, CharacterSet = column.Charset, Collation = column.Collation, OctetLength = column.Octets,
        IsNullable = column.Nullable ?? false, IsGenerated = column.Generated ?? false,
    };
}
