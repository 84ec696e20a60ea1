using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>
/// The file behind a <see cref="SchemaHistory"/>: JSON lines with a checksum each, one for each statement that changed something, synced to
/// disk before it counts. Snapshots and removals write the file anew beside the old one, which is then replaced at once.
/// </summary>
internal sealed class SchemaHistoryFile : IDisposable
{
    private const int FormatVersion = 2;
    private const string NewSuffix = ".new";
    private const int ChecksumSize = 9; // a blank and 8 digits
    private const int LeastBlock = 512;

    private readonly string _path;
    private FileStream _stream;
    private bool _isBroken;

    private SchemaHistoryFile(string path) => (_path, _stream) = (path, OpenStream(path, FileMode.OpenOrCreate));

    /// <summary>Where it is.</summary>
    public string Path => _path;

    /// <summary>Opens the file and reads it; the recording is null when it is new or empty.</summary>
    /// <exception cref="InvalidDataException">A line that is not the last can't be read.</exception>
    public static SchemaHistoryFile Open(string path, out SchemaRecording? recording)
    {
        var file = new SchemaHistoryFile(path);
        try
        {
            recording = file.Load(out var format);
            // Lines of this format follow.
            if (recording is not null && format != FormatVersion)
                file.Replace(recording);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes down what a statement changed.</summary>
    /// <param name="sql">The statement as it may be shown.</param>
    /// <exception cref="IOException">It could not be written; the file is as before.</exception>
    public void Append(BinlogPosition at, string sql, SchemaChange change)
    {
        if (_isBroken)
            throw new IOException($"The schema history {_path} can't be written since an error. Open it again.");
        var end = _stream.Length;
        try
        {
            _stream.Position = end;
            Write(
                _stream,
                new SchemaHistoryLine(
                    At: at.ToString(),
                    Sql: sql,
                    Databases: OrNull(change.Databases.Select(d => Line(d.Key, d.Value))),
                    Tables: OrNull(change.Tables.Select(t => Line(t.Key, t.Value))),
                    Temporary: OrNull(
                        change.TemporaryTables.Select(t => new TemporaryLine(
                            t.Key.ThreadId,
                            t.Key.Table.Database,
                            t.Key.Table.Table,
                            t.Value
                        ))
                    )
                )
            );
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a line would spoil the next one. If it can't be removed either, nothing more is written.
            _isBroken = true;
            _stream.SetLength(end);
            _isBroken = false;
            throw;
        }
    }

    /// <summary>Replaces all that the file holds.</summary>
    public void Replace(SchemaRecording recording)
    {
        var beside = _path + NewSuffix;
        File.Delete(beside);
        var stream = OpenStream(beside, FileMode.CreateNew);
        try
        {
            foreach (var line in Lines(recording))
                Write(stream, line);
            stream.Flush(flushToDisk: true);
            File.Move(beside, _path, overwrite: true);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        _stream.Dispose();
        (_stream, _isBroken) = (stream, false);
        DirectorySync.Flush(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(_path))!);
    }

    public void Dispose() => _stream.Dispose();

    private static FileStream OpenStream(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        }; // a buffer would still hold what could not be written
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private SchemaRecording? Load(out int format)
    {
        var bytes = new byte[_stream.Length];
        _stream.ReadExactly(bytes);
        SchemaRecordingBuilder? builder = null;
        var start = 0;
        for (var number = 1; start < bytes.Length; number++)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            try
            {
                if (length < 0)
                    throw new JsonException("the line has no end");
                var line =
                    JsonSerializer.Deserialize(Verified(bytes.AsSpan(start, length)), SchemaHistoryJson.Default.SchemaHistoryLine)
                    ?? throw new JsonException("the line is null");
                builder = SchemaRecordingBuilder.Add(builder, line, FormatVersion);
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                if (!IsTorn(bytes.AsSpan(start)))
                    throw new InvalidDataException(
                        $"Line {number} of the schema history {_path} can't be read: {e.Message} Remove the file and take a new snapshot; rows from before that can then not be decoded again.",
                        e
                    );
                _stream.SetLength(start);
                _stream.Flush(flushToDisk: true);
                break;
            }
            start += length + 1;
        }
        format = builder?.Format ?? FormatVersion;
        return builder?.Build();
    }

    private static IEnumerable<SchemaHistoryLine> Lines(SchemaRecording recording)
    {
        yield return new SchemaHistoryLine(
            Format: FormatVersion,
            Start: recording.Start.ToString(),
            At: recording.Position.ToString(),
            Server: recording.Server,
            Databases: [.. recording.Databases.Select(d => Line(d.Key, d.Value))],
            Temporary: OrNull(recording.TemporaryTables.Select(t => new TemporaryLine(t.ThreadId, t.Table.Database, t.Table.Table, true)))
        );
        foreach (var (name, versions) in recording.Versions)
        foreach (var version in versions)
            yield return new SchemaHistoryLine(At: version.From.ToString(), Sql: version.Sql, Tables: [Line(name, version.State)]);
    }

    private static void Write(FileStream stream, SchemaHistoryLine line)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(line, SchemaHistoryJson.Default.SchemaHistoryLine);
        stream.Write([.. json, .. Encoding.ASCII.GetBytes(Checksum(json)), (byte)'\n']);
    }

    private static string Checksum(ReadOnlySpan<byte> json) =>
        string.Create(CultureInfo.InvariantCulture, $" {Crc32.HashToUInt32(json):x8}");

    /// <summary>The JSON of a line that matches its checksum; those of earlier versions have none, and end with their JSON.</summary>
    private static ReadOnlySpan<byte> Verified(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("}"u8))
            return line;
        var json = line[..Math.Max(0, line.Length - ChecksumSize)];
        return Encoding.ASCII.GetString(line[json.Length..]) == Checksum(json)
            ? json
            : throw new JsonException("it does not match its checksum.");
    }

    /// <summary>Whether the rest of the file is a line that a crash cut short, or left without some of its blocks: it never counted. One
    /// that is there from end to end did.</summary>
    private static bool IsTorn(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        if (end >= 0)
            return end + 1 == rest.Length && rest.IndexOf(new byte[LeastBlock]) >= 0;
        // Cut short it would not have a byte in the place of its end.
        return rest.IsEmpty
            || rest.Length <= ChecksumSize
            || Encoding.ASCII.GetString(rest[^(ChecksumSize + 1)..^1]) != Checksum(rest[..^(ChecksumSize + 1)]);
    }

    private static DatabaseLine Line(string name, DatabaseState? database) => new(name, database?.Collation, database?.IsFollowed);

    private static TableLine Line(QualifiedTable name, TableState state) =>
        state.Definition is not { } definition
            ? new TableLine(name.Database, name.Table, Uncertain: state.Uncertainty)
            : new TableLine(
                name.Database,
                name.Table,
                [.. definition.Columns.Select(Line)],
                definition.Collation,
                OrNull(definition.PrimaryKey),
                definition.IsSystemVersioned ? true : null,
                HidesRowId: definition.HidesRowId,
                Unique: definition.UniqueKeys?.Select(Line).ToList(),
                Assumed: definition.IsAssumed ? true : null
            );

    private static KeyLine Line(UniqueKeyDefinition key) =>
        new(
            key.Name,
            key.Parts?.Select(p => new PartLine(p.Column, p.Prefix)).ToList(),
            key.IsHashed,
            key.IsNameMadeUp ? true : null,
            key.IsDoubtful ? true : null
        );

    private static ColumnLine Line(ColumnShape column) =>
        new(
            column.Name,
            column.DataType,
            column.ColumnType,
            column.CharacterSet,
            column.Collation,
            column.OctetLength,
            column.IsNullable ? true : null,
            column.IsGenerated ? true : null
        );

    private static List<T>? OrNull<T>(IEnumerable<T> items) => items.ToList() is { Count: > 0 } list ? list : null;
}
