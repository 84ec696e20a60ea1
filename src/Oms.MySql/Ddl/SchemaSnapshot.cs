using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>The tables of some databases as they are at one position of the server's log.</summary>
internal sealed record SchemaSnapshot(
    BinlogPosition Position,
    ServerCatalogue Server,
    IReadOnlyDictionary<string, DatabaseState> Databases,
    IReadOnlyDictionary<QualifiedTable, TableState> Tables
)
{
    // Each attempt that a DDL statement disturbs is thrown away; so many in a row need a server whose schema never rests.
    private const int Attempts = 20;

    // Statements a round trip.
    private const int BatchSize = 100;

    private const string PrimaryKey = "PRIMARY";

    /// <summary>Reads the schema twice and the position between: when both are equal, this is the schema at that position.</summary>
    /// <param name="readPosition">Tells a position of the log behind everything that was committed before the call.</param>
    /// <exception cref="InvalidOperationException">The schema changed during every attempt.</exception>
    public static async Task<SchemaSnapshot> TakeAsync(
        RowSession connection,
        IReadOnlyCollection<string> databases,
        Func<CancellationToken, Task<BinlogPosition>> readPosition,
        CancellationToken cancellationToken
    )
    {
        var server = await ServerCatalogueReader.ReadAsync(connection, cancellationToken);
        // Rows in the log have the generated key however the catalogue shows tables.
        if (GeneratedKey.IsKnownTo(server))
            await connection.ExecuteAsync("SET SESSION show_gipk_in_create_table_and_information_schema = ON", cancellationToken);
        var before = await ReadAsync(connection, databases, server, cancellationToken);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var position = await readPosition(cancellationToken);
            if (server is { Flavour: ServerFlavour.MySql, VersionNumber: >= 80000 })
                await WaitForStatementsAsync(connection, before.Tables.Keys, cancellationToken);
            var after = await ReadAsync(connection, databases, server, cancellationToken);
            if (SameRows(before.Rows, after.Rows))
                return new SchemaSnapshot(position, server, after.Databases, after.Tables);
            before = after;
        }
        throw new InvalidOperationException(
            $"The schema of {connection.Endpoint} changed during each of {Attempts} attempts to read it. Take the snapshot when fewer DDL statements run."
        );
    }

    // MySQL 8 logs a statement before information_schema shows it. It holds the table's metadata lock meanwhile, for which SHOW CREATE
    // TABLE waits: behind it, nothing that stands in the log before the position is still to be shown.
    private static async Task WaitForStatementsAsync(
        RowSession connection,
        IEnumerable<QualifiedTable> tables,
        CancellationToken cancellationToken
    )
    {
        foreach (var batch in tables.Chunk(BatchSize))
        {
            try
            {
                var sql = string.Join(
                    "; ",
                    batch.Select(t => $"SHOW CREATE TABLE {RowInsert.Quote(t.Database)}.{RowInsert.Quote(t.Table)}")
                );
                await connection.ExecuteBatchAsync(System.Text.Encoding.UTF8.GetBytes(sql), cancellationToken);
            }
            catch (MySqlException e) when (e.Number is ErrorNumber.NoSuchTable or ErrorNumber.BadDatabase)
            {
                // Dropped meanwhile: the second reading differs and there is another attempt.
                return;
            }
        }
    }

    private static async Task<Reading> ReadAsync(
        RowSession connection,
        IReadOnlyCollection<string> databases,
        ServerCatalogue server,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<string?[]>();
        var states = new Dictionary<string, DatabaseState>(server.NameComparer);
        var followed = databases.ToHashSet(server.NameComparer);
        foreach (
            var row in await connection.QueryRowsAsync(
                "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME",
                cancellationToken
            )
        )
        {
            rows.Add(row);
            states[row[0]!] = new DatabaseState(row[1], followed.Contains(row[0]!));
        }
        var tables = new Dictionary<QualifiedTable, TableState>(new QualifiedTableComparer(server.NameComparer));
        foreach (var (database, _) in states.Where(s => s.Value.IsFollowed))
            await ReadTablesAsync(connection, database, server, rows, tables, cancellationToken);
        return new Reading(rows, states, tables);
    }

    private static async Task ReadTablesAsync(
        RowSession connection,
        string database,
        ServerCatalogue server,
        List<string?[]> rows,
        Dictionary<QualifiedTable, TableState> tables,
        CancellationToken cancellationToken
    )
    {
        var scope = $"TABLE_SCHEMA = {SqlLiteral.Quote(database)}";
        var listed = await connection.QueryRowsAsync(
            $"SELECT TABLE_NAME, TABLE_TYPE, TABLE_COLLATION, ENGINE, CREATE_OPTIONS FROM information_schema.TABLES WHERE {scope} ORDER BY TABLE_NAME",
            cancellationToken
        );
        var columns = (
            await connection.QueryRowsAsync(
                "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, CHARACTER_OCTET_LENGTH, IS_NULLABLE, EXTRA FROM information_schema.COLUMNS "
                    + $"WHERE {scope} ORDER BY TABLE_NAME, ORDINAL_POSITION",
                cancellationToken
            )
        ).ToLookup(r => r[0]!);
        // MySQL's expressions in keys and its keys' kinds tell nothing of what rows look like.
        var isMariaDb = server.Flavour == ServerFlavour.MariaDb;
        var keys = (
            await connection.QueryRowsAsync(
                $"SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART, INDEX_TYPE FROM information_schema.STATISTICS WHERE {scope} AND {(isMariaDb ? "NON_UNIQUE = 0" : "INDEX_NAME = 'PRIMARY'")} "
                    + "ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
                cancellationToken
            )
        ).ToLookup(r => r[0]!);
        rows.AddRange([.. listed, .. columns.SelectMany(t => t), .. keys.SelectMany(t => t)]);
        foreach (var table in listed.Where(t => t[1] is "BASE TABLE" or "SYSTEM VERSIONED"))
        {
            var (name, engine, isPartitioned) = (
                table[0]!,
                table[3],
                table[4]?.Contains("partitioned", StringComparison.OrdinalIgnoreCase) == true
            );
            List<ColumnShape> shapes =
            [
                .. columns[name].Select(r => ColumnShape.FromInformationSchema(r[1]!, r[2]!, r[3]!, r[4], r[5], r[6], r[7]!, r[8]!)),
            ];
            tables[new QualifiedTable(database, name)] = TableState.Known(
                new TableDefinition(shapes)
                {
                    Collation = table[2],
                    PrimaryKey = [.. keys[name].Where(k => k[1] == PrimaryKey).Select(k => k[2]!)],
                    IsSystemVersioned = table[1] == "SYSTEM VERSIONED",
                    UniqueKeys = isMariaDb ? UniqueKeys(keys[name].Where(k => k[1] != PrimaryKey), shapes, engine) : null,
                    HidesRowId =
                        GeneratedKey.IsKnownTo(server) && !isPartitioned && GeneratedKey.IsInnoDb(engine)
                            ? HidesRowId(columns[name])
                            : null,
                }
            );
        }
    }

    private static List<UniqueKeyDefinition> UniqueKeys(IEnumerable<string?[]> rows, IReadOnlyList<ColumnShape> columns, string? engine)
    {
        var keys = new List<UniqueKeyDefinition>();
        foreach (var key in rows.GroupBy(p => p[1]!))
        {
            var parts = key.Select(p => new KeyPart(
                    p[2]!,
                    p[3] is { } prefix ? long.Parse(prefix, System.Globalization.CultureInfo.InvariantCulture) : null
                ))
                .ToList();
            keys.Add(
                new UniqueKeyDefinition(
                    key.Key,
                    parts,
                    key.First()[4] == "HASH" ? LongUniqueKeys.IsHashed(parts, columns, true, engine) : false
                )
            );
        }
        return keys;
    }

    private static bool? HidesRowId(IEnumerable<string?[]> columns) =>
        columns.FirstOrDefault(c => GeneratedKey.IsNamedSo(c[1]!)) is { } column
        && column[8]!.Contains("auto_increment", StringComparison.OrdinalIgnoreCase)
        && column[2] == "bigint"
        && column[3]!.Contains("unsigned", StringComparison.OrdinalIgnoreCase)
            ? column[8]!.Contains("INVISIBLE", StringComparison.OrdinalIgnoreCase)
            : null;

    private static bool SameRows(List<string?[]> left, List<string?[]> right) =>
        left.Count == right.Count && left.Zip(right).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private sealed record Reading(
        List<string?[]> Rows,
        Dictionary<string, DatabaseState> Databases,
        Dictionary<QualifiedTable, TableState> Tables
    );
}
