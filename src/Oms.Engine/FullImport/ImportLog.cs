using System.Globalization;
using System.Text;
using Oms.KeyRanges;
using Oms.Marks;
using Oms.MySql;
using Oms.Objects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>
/// What <c>oms.full_import</c> at the destination says of the link's copying, written in the very transactions that it tells of.
/// A range has <see cref="Stride"/> numbers: the first is the plan (its key is the range's end, NULL for the last range of a table), then
/// one a chunk (its key is the chunk's last row's), and the last number says that the range is complete. Keys are text rows in hex.
/// </summary>
internal sealed class ImportLog(TxnMark mark)
{
    public const long Stride = 1_000_000_000;

    private string Table => new TableName(mark.Database, "full_import").Sql;

    /// <summary>A line to write.</summary>
    public readonly record struct Line(long Number, long Rows, long Ignored, byte[]? Key);

    /// <summary>How far a range is.</summary>
    public sealed record RangeState(long Number, byte[]? UpTo, long LastChunk, byte[]? LastKey, bool IsComplete);

    public static Line PlanLine(RangeCopy range) => new(range.Number * Stride, 0, 0, range.Rows.UpTo);

    /// <summary>The lines of a chunk: its range's plan where that is not there yet, the chunk, and the range's end.</summary>
    public static IReadOnlyList<Line> LinesOf(Chunk chunk, long ignored)
    {
        var first = chunk.Range.Number * Stride;
        var lines = new List<Line>(3);
        if (!chunk.Range.IsPlanned && chunk.Number == 1)
            lines.Add(PlanLine(chunk.Range));
        if (chunk.Rows > 0)
            lines.Add(new Line(first + chunk.Number, chunk.Rows - ignored, ignored, chunk.LastKey));
        if (chunk.EndsRange)
            lines.Add(new Line(first + Stride - 1, 0, 0, null));
        return lines;
    }

    /// <summary>
    /// The statement that writes lines. It fails (1048, row_count is NOT NULL) when the transaction's mark has not matched its row, for
    /// then another process has taken the link over: so that a chunk, its mark and its COMMIT can travel in one round trip.
    /// </summary>
    public void AppendInsert(ByteBuffer sql, TableCopy table, IReadOnlyList<Line> lines)
    {
        var text = new StringBuilder($"INSERT INTO {Table} (link, source_table, chunk, row_count, ignored, upper_key) VALUES ");
        for (var i = 0; i < lines.Count; i++)
        {
            var (number, rows, ignored, key) = lines[i];
            text.Append(i == 0 ? "" : ", ")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"({SqlLiteral.Quote(mark.Link)}, {SqlLiteral.Quote(table.LogName)}, {number}, IF(@oms_marked = 1, {rows}, NULL), {ignored}, {(key is null ? "NULL" : $"'{Convert.ToHexString(key)}'")})"
                );
        }
        sql.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Whether a line is there, that is: whether the transaction that wrote it was committed.</summary>
    public async Task<bool> HasAsync(RowSession connection, TableCopy table, long number, CancellationToken cancellationToken) =>
        await connection.QueryRowAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT 1 FROM {Table} WHERE link = {SqlLiteral.Quote(mark.Link)} AND source_table = {SqlLiteral.Quote(table.LogName)} AND chunk = {number}"
            ),
            cancellationToken
        )
            is not null;

    /// <summary>All ranges of the link by table, in their order.</summary>
    public async Task<ILookup<string, RangeState>> LoadAsync(RowSession connection, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryRowsAsync(LoadSql(), cancellationToken);
        return rows.ToLookup(
            r => r[0]!,
            r => new RangeState(Number(r[1]), Key(r[2]), Number(r[3]), Number(r[3]) == 0 ? null : Key(r[4]), r[5] == "1")
        );
    }

    /// <summary>The rows that the link has copied.</summary>
    public async Task<long> CountRowsAsync(RowSession connection, CancellationToken cancellationToken) =>
        Number(
            (
                await connection.QueryRowAsync(
                    $"SELECT IFNULL(SUM(row_count), 0) FROM {Table} WHERE link = {SqlLiteral.Quote(mark.Link)}",
                    cancellationToken
                )
            )![0]
        );

    private string LoadSql() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            SELECT r.source_table, r.range_number, p.upper_key, r.last_chunk, c.upper_key, r.complete
            FROM (SELECT source_table, chunk DIV {Stride} AS range_number, MAX(IF(chunk MOD {Stride} = {Stride
                - 1}, 0, chunk MOD {Stride})) AS last_chunk,
                    MAX(chunk MOD {Stride} = {Stride - 1}) AS complete
                  FROM {Table} WHERE link = {SqlLiteral.Quote(mark.Link)} GROUP BY source_table, chunk DIV {Stride}) r
            JOIN {Table} p ON p.link = {SqlLiteral.Quote(
                mark.Link
            )} AND p.source_table = r.source_table AND p.chunk = r.range_number * {Stride}
            JOIN {Table} c ON c.link = {SqlLiteral.Quote(
                mark.Link
            )} AND c.source_table = r.source_table AND c.chunk = r.range_number * {Stride} + r.last_chunk
            ORDER BY r.source_table, r.range_number
            """
        );

    private static long Number(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);

    private static byte[]? Key(string? hex) => hex is null ? null : Convert.FromHexString(hex);
}
