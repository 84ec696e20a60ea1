using System.Text;
using Oms.KeyRanges;
using Oms.Marks;
using Oms.Rows;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>Composes the statements that write a chunk: the mark first, then the rows, then the record of it.</summary>
internal sealed class ChunkBatch(TxnMark mark, int writer, ImportLog log)
{
    /// <summary>Where the mark's result is in a batch's results.</summary>
    public const int MarkStatement = 1;

    private readonly byte[] _begin = Encoding.UTF8.GetBytes($"BEGIN;{mark.FullImportStatement(writer)};SET @oms_marked = ROW_COUNT()");

    private static readonly byte[] Strict = Encoding.UTF8.GetBytes($";{SessionSettings.SetMode(SessionSettings.StrictMode)}");
    private static readonly byte[] Lax = Encoding.UTF8.GetBytes($";{SessionSettings.SetMode(SessionSettings.LaxMode)}");

    /// <summary>Bytes of a batch besides its tuples, at most: one statement's frame a statement, and a key in hex.</summary>
    public const int FrameBytes = 64 << 10;

    /// <summary>The whole transaction in one go: any error leaves it open before the COMMIT.</summary>
    public void Whole(ByteBuffer sql, Chunk chunk)
    {
        sql.Clear();
        sql.Write(_begin);
        foreach (var statement in chunk.Statements)
            AppendInsert(sql, ";INSERT"u8, chunk, statement);
        AppendEnd(sql, chunk, ignored: 0);
    }

    /// <summary>
    /// Only up to the rows, with each INSERT's warnings asked for: when rows may be left out, or go in by a lax mode, the warnings decide
    /// before <see cref="End"/>. Returns for each statement of the chunk where its result is; its warnings are the result behind it.
    /// </summary>
    public IReadOnlyList<int> Rows(ByteBuffer sql, Chunk chunk, bool ignoreExisting)
    {
        sql.Clear();
        sql.Write(_begin);
        var next = MarkStatement + 2;
        var results = new List<int>(chunk.Statements.Count);
        foreach (var statement in chunk.Statements)
        {
            var isLax = statement.InvalidEnums > 0;
            if (isLax)
                sql.Write(Lax);
            AppendInsert(sql, ignoreExisting ? ";INSERT IGNORE"u8 : ";INSERT"u8, chunk, statement);
            sql.Write(";SHOW WARNINGS"u8);
            if (isLax)
                sql.Write(Strict);
            results.Add(next + (isLax ? 1 : 0));
            next += isLax ? 4 : 2;
        }
        return results;
    }

    /// <summary>The record and the COMMIT that follow <see cref="Rows"/>.</summary>
    public void End(ByteBuffer sql, Chunk chunk, long ignored)
    {
        sql.Clear();
        AppendEnd(sql, chunk, ignored);
    }

    /// <summary>A transaction that records a planned range.</summary>
    public void Plan(ByteBuffer sql, RangeCopy range)
    {
        sql.Clear();
        sql.Write(_begin);
        sql.Write((byte)';');
        log.AppendInsert(sql, range.Table, [ImportLog.PlanLine(range)]);
        sql.Write(";COMMIT"u8);
    }

    private void AppendEnd(ByteBuffer sql, Chunk chunk, long ignored)
    {
        if (sql.Length > 0)
            sql.Write((byte)';');
        log.AppendInsert(sql, chunk.Range.Table, ImportLog.LinesOf(chunk, ignored));
        sql.Write(";COMMIT"u8);
    }

    private static void AppendInsert(ByteBuffer sql, ReadOnlySpan<byte> insert, Chunk chunk, InsertStatement statement)
    {
        sql.Write(insert);
        sql.Write(chunk.Range.Table.Insert.Into.Span);
        sql.Write(chunk.TuplesOf(statement));
    }
}
