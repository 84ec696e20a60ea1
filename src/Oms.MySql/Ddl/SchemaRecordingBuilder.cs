using System.Collections.Immutable;
using System.Text.Json;
using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>Puts a recording together from the lines of its file.</summary>
internal sealed class SchemaRecordingBuilder
{
    /// <summary>The format that did not yet tell of generated and of long unique keys.</summary>
    public const int FirstFormat = 1;

    private readonly int _format;
    private readonly BinlogPosition _start;
    private readonly ServerCatalogue _server;
    private readonly Dictionary<string, DatabaseState> _databases;
    private readonly HashSet<TemporaryTable> _temporaryTables = [];
    private ImmutableDictionary<QualifiedTable, ImmutableList<TableVersion>> _versions;
    private BinlogPosition _position;

    private SchemaRecordingBuilder(int format, BinlogPosition start, ServerCatalogue server)
    {
        (_format, _start, _server) = (format, start, server);
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
            if (line.Format is not { } written || written < FirstFormat || written > format || line.Start is null || line.Server is null)
                throw new JsonException($"it does not begin a schema history of format {format} or an earlier one.");
            builder = new SchemaRecordingBuilder(written, BinlogPosition.Parse(line.Start), line.Server);
        }
        builder.Add(line);
        return builder;
    }

    /// <summary>The format that the file is in.</summary>
    public int Format => _format;

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
            _versions = SchemaHistory.Append(
                _versions,
                new QualifiedTable(table.Database, table.Table),
                new TableVersion(at, State(table), line.Sql)
            );
        foreach (var temporary in line.Temporary ?? [])
        {
            var table = new TemporaryTable(temporary.Thread, new QualifiedTable(temporary.Database, temporary.Table));
            if (temporary.There)
                _temporaryTables.Add(table);
            else
                _temporaryTables.Remove(table);
        }
    }

    private TableState State(TableLine table) =>
        table.Uncertain is { } reason ? TableState.Uncertain(reason)
        : table.Columns is not { } columns ? TableState.Absent
        : TableState.Known(Definition(table, columns));

    private TableDefinition Definition(TableLine table, IReadOnlyList<ColumnLine> columns)
    {
        var definition = new TableDefinition([.. columns.Select(Column)])
        {
            Collation = table.Collation,
            PrimaryKey = table.Key ?? [],
            IsSystemVersioned = table.Versioned ?? false,
            HidesRowId = table.HidesRowId,
            UniqueKeys = table.Unique?.Select(Key).ToList(),
            IsAssumed = table.Assumed ?? false,
        };
        // The first format does not tell: a column that looks like a generated key nearly always is one.
        return _format == FirstFormat && GeneratedKey.IsKnownTo(_server) && GeneratedKey.MayBe(definition)
            ? definition with
            {
                HidesRowId = true,
            }
            : definition;
    }

    private static UniqueKeyDefinition Key(KeyLine key) =>
        new(key.Name, key.Parts?.Select(p => new KeyPart(p.Column, p.Prefix)).ToList(), key.Hashed)
        {
            IsNameMadeUp = key.Unnamed ?? false,
            IsDoubtful = key.Doubtful ?? false,
        };

    private static ColumnShape Column(ColumnLine column) =>
        new()
        {
            Name = column.Name,
            DataType = column.DataType,
            ColumnType = column.Type,
            CharacterSet = column.Charset,
            Collation = column.Collation,
            OctetLength = column.Octets,
            IsNullable = column.Nullable ?? false,
            IsGenerated = column.Generated ?? false,
        };
}
