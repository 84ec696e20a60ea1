using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;
using Oms.KeyRanges;
using Oms.Marks;
using Oms.MySql;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Changes;

/// <summary>
/// Asks the source which rows of the log a filter lets through. The rows, with the columns that the filter speaks of, are put into a
/// temporary table whose columns are the table's own (type, character set, collation), so that the condition means what it means there. The
/// transaction is rolled back: nothing of it comes into the source's log.
/// </summary>
/// <param name="hasTemporaryTables">OceanBase has none in MySQL mode.</param>
internal sealed partial class RowFilterEvaluator(string link, SessionOptions sourceSession, bool hasTemporaryTables) : IAsyncDisposable
{
    private const int BytesPerStatement = 1 << 20;
    private const string NumberColumn = "oms_row_number";

    private readonly ReaderSession _session = new(sourceSession, SessionPurpose.FilterRows);
    private readonly SqlText _sql = new();
    private readonly Dictionary<TableBinding, ScratchTable> _tables = [];
    private RowSession? _tablesOf;

    /// <summary>A table for the rows that are asked about.</summary>
    /// <param name="Ordinals">The columns that it has.</param>
    private sealed record ScratchTable(TableName Name, int[] Ordinals);

    /// <summary>The numbers of the rows that the table's filter lets through; NULL is not a match.</summary>
    /// <param name="images">Rows of the batch with numbers.</param>
    /// <exception cref="OmsException">RowFilterFailed</exception>
    public async Task<IReadOnlySet<int>> MatchingAsync(
        TableBinding table,
        ChangeBatch batch,
        IReadOnlyList<(int Number, Range Row)> images,
        CancellationToken cancellationToken
    )
    {
        var filter = table.Pair.Filter!;
        try
        {
            return await _session.RetryAsync(
                async connection =>
                {
                    ForgetTablesOfOthers(connection);
                    return await AskAsync(
                        connection,
                        await ScratchAsync(connection, table, filter, cancellationToken),
                        table,
                        filter,
                        batch,
                        images,
                        cancellationToken
                    );
                },
                cancellationToken
            );
        }
        catch (MySqlException e) when (!Backoff.Helps(e))
        {
            throw new OmsException(
                "RowFilterFailed",
                OmsErrorKind.SchemaMismatch,
                $"Link '{link}' can't evaluate the row filter of {table.Pair.Source.Name}, {filter.Text}, at the source: {e.Message} (error {e.Number}).",
                "Mend what the server names, then start the link again: it goes on from where it was.",
                table.Pair.Source.Name.ToString(),
                e
            );
        }
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <summary>A new session has no temporary tables yet.</summary>
    private void ForgetTablesOfOthers(RowSession connection)
    {
        if (connection == _tablesOf)
            return;
        _tables.Clear();
        _tablesOf = connection;
    }

    private async Task<ScratchTable> ScratchAsync(
        RowSession connection,
        TableBinding table,
        RowFilter filter,
        CancellationToken cancellationToken
    )
    {
        if (_tables.TryGetValue(table, out var known))
            return known;
        var ordinals = Enumerable.Range(0, table.SourceColumns.Count).Where(i => filter.Mentions(table.SourceColumns[i].Name)).ToArray();
        if (ordinals.FirstOrDefault(i => table.SourceColumns[i].IsGenerated, -1) is var generated and >= 0)
            throw RowFilterRefused(table.Pair.Source.Name, filter, table.SourceColumns[generated].Name);
        var columns =
            $"({NumberColumn} INT NOT NULL PRIMARY KEY{string.Concat(ordinals.Select(i => $", {Definition(table.SourceColumns[i])}"))})";
        return _tables[table] = new ScratchTable(
            hasTemporaryTables
                ? await CreateTemporaryAsync(connection, table.Pair.Source.Name.Database, columns, cancellationToken)
                : await CreateEmptyAsync(connection, columns, cancellationToken),
            ordinals
        );
    }

    private async Task<TableName> CreateTemporaryAsync(
        RowSession connection,
        string database,
        string columns,
        CancellationToken cancellationToken
    )
    {
        var name = new TableName(database, string.Create(CultureInfo.InvariantCulture, $"oms_row_filter_{_tables.Count + 1}"));
        await connection.ExecuteAsync($"CREATE TEMPORARY TABLE {name.Sql} {columns} ENGINE = InnoDB", cancellationToken);
        return name;
    }

    /// <summary>Without temporary tables it is a table of the engine's own, of this link alone, which stays empty since every transaction
    /// on it is rolled back.</summary>
    private async Task<TableName> CreateEmptyAsync(RowSession connection, string columns, CancellationToken cancellationToken)
    {
        var name = new TableName(
            TxnMark.DefaultDatabase,
            $"row_filter_{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{link}\n{columns}")):x16}"
        );
        await connection.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {TableName.Quote(name.Database)}", cancellationToken);
        await connection.ExecuteAsync($"{OriginComment.Text}CREATE TABLE IF NOT EXISTS {name.Sql} {columns}", cancellationToken);
        return name;
    }

    /// <summary>The error of a filter that speaks of a generated column, whose value the log does not (always) have.</summary>
    internal static OmsException RowFilterRefused(TableName table, RowFilter filter, string column) =>
        new(
            "RowFilterFailed",
            OmsErrorKind.Unsupported,
            $"The row filter of {table}, {filter.Text}, speaks of the generated column '{column}', whose values the log does not always have.",
            "Write the column's expression in its place.",
            table.ToString()
        );

    private static string Definition(ColumnShape column)
    {
        var characters = column.CharacterSet is null
            ? ""
            : $" CHARACTER SET {column.CharacterSet}" + (column.Collation is null ? "" : $" COLLATE {column.Collation}");
        // TIMESTAMP would be NOT NULL unless told otherwise.
        return $"{TableName.Quote(column.Name)} {Comment().Replace(column.ColumnType, "")}{characters} NULL";
    }

    private async Task<IReadOnlySet<int>> AskAsync(
        RowSession connection,
        ScratchTable scratch,
        TableBinding table,
        RowFilter filter,
        ChangeBatch batch,
        IReadOnlyList<(int Number, Range Row)> images,
        CancellationToken cancellationToken
    )
    {
        _sql.Clear();
        _sql.Begin("BEGIN");
        AddRows(scratch, table, batch, images);
        // By the table's own name, with which the filter may qualify its columns.
        var question = _sql.Statements;
        _sql.Begin($"SELECT {NumberColumn} FROM {scratch.Name.Sql} AS {TableName.Quote(table.Pair.Source.Name.Table)} WHERE {filter.Sql}");
        _sql.Begin("ROLLBACK");
        var results = await _sql.RunAsync(connection, cancellationToken);
        var matching = new HashSet<int>();
        foreach (var row in results[question].Rows)
        {
            TextRow.TryGet(row.Span, 0, out var number);
            matching.Add(int.Parse(number, CultureInfo.InvariantCulture));
        }
        return matching;
    }

    private void AddRows(ScratchTable scratch, TableBinding table, ChangeBatch batch, IReadOnlyList<(int Number, Range Row)> images)
    {
        Span<FieldSlice> fields = new FieldSlice[table.SourceColumns.Count];
        var start = int.MinValue;
        foreach (var (number, range) in images)
        {
            var row = batch.Row(range);
            FieldSlice.Split(row, fields);
            if (start < 0 || _sql.Length - start > BytesPerStatement)
            {
                start = _sql.Length;
                _sql.Begin($"INSERT INTO {scratch.Name.Sql} VALUES (");
            }
            else
            {
                _sql.Add(",(");
            }
            _sql.Add(number.ToString(CultureInfo.InvariantCulture));
            foreach (var ordinal in scratch.Ordinals)
                _sql.Add(",").Add(table.SourceColumns[ordinal], fields[ordinal], row);
            _sql.Add(")");
        }
    }

    [GeneratedRegex(@" ?/\*.*?\*/")]
    private static partial Regex Comment();
}
