using Oms.KeyRanges;
using Oms.MySql;
using Oms.Rows;

namespace Oms.FullImport;

/// <summary>One INSERT of a chunk: a part of its tuples.</summary>
/// <param name="InvalidEnums">Values of this statement that are ENUM's number 0, which no strict mode lets in.</param>
internal readonly record struct InsertStatement(int Start, int Length, int Rows, int InvalidEnums);

/// <summary>
/// Rows of one range, written in one transaction: the tuples of multi-row INSERTs, made from the source's text rows without a detour.
/// Filled by a reader, written by a writer, then used again.
/// </summary>
internal sealed class Chunk(int usualBytes)
{
    private readonly ByteBuffer _tuples = new(usualBytes + (64 << 10));
    private readonly List<InsertStatement> _statements = [];
    private readonly ByteBuffer _lastKey = new(64);
    private const int StatementFrame = 256;

    private int _open,
        _openRows,
        _openInvalidEnums;

    public RangeCopy Range { get; private set; } = null!;

    /// <summary>The number in the range.</summary>
    public long Number { get; private set; }

    /// <summary>Whether the range ends with it.</summary>
    public bool EndsRange { get; set; }

    public int Rows { get; private set; }

    /// <summary>Bytes of SQL, the frames of the INSERTs included.</summary>
    public long Bytes => BytesWith(_statements.Count);

    public IReadOnlyList<InsertStatement> Statements => _statements;

    /// <summary>The key of the last row; null without rows.</summary>
    public byte[]? LastKey => Rows == 0 ? null : _lastKey.Written.ToArray();

    public bool HasInvalidEnums { get; private set; }

    public ReadOnlySpan<byte> TuplesOf(InsertStatement statement) => _tuples.Written.Span.Slice(statement.Start, statement.Length);

    public void Begin(RangeCopy range, long number)
    {
        _tuples.Clear();
        _statements.Clear();
        (Range, Number, EndsRange, Rows, HasInvalidEnums) = (range, number, false, 0, false);
        (_open, _openRows, _openInvalidEnums) = (0, 0, 0);
    }

    /// <summary>Adds a row as it was read. False, and nothing added, when the chunk would become larger than
    /// <paramref name="limit"/>.</summary>
    public bool TryAdd(ReadOnlySpan<byte> row, int statementBytes, long limit)
    {
        var start = _tuples.Length;
        var invalidEnums = AppendTuple(row);
        // This row can end one statement, and then there is the one that it is in.
        if (BytesWith(_statements.Count + 2) > limit)
        {
            _tuples.Truncate(start);
            return false;
        }

        // Rows with invalid ENUM values get INSERTs of their own, so that the lax mode that they need covers nothing else.
        if (_openRows > 0 && (_tuples.Length - _open > statementBytes || invalidEnums > 0 != _openInvalidEnums > 0))
            CloseStatement(start);
        (_openRows, _openInvalidEnums, Rows) = (_openRows + 1, _openInvalidEnums + invalidEnums, Rows + 1);
        HasInvalidEnums |= invalidEnums > 0;
        RememberKey(row);
        return true;
    }

    public void End(bool endsRange)
    {
        if (_openRows > 0)
            CloseStatement(_tuples.Length);
        EndsRange = endsRange;
    }

    private long BytesWith(int statements) => _tuples.Length + (long)statements * (Range.Table.Insert.Into.Length + StatementFrame);

    private void CloseStatement(int end)
    {
        // Without the comma behind the last tuple.
        _statements.Add(new InsertStatement(_open, end - _open - 1, _openRows, _openInvalidEnums));
        (_open, _openRows, _openInvalidEnums) = (end, 0, 0);
    }

    private int AppendTuple(ReadOnlySpan<byte> row)
    {
        var invalidEnums = Range.Table.Insert.AppendTuple(_tuples, row);
        _tuples.Write((byte)',');
        return invalidEnums;
    }

    private void RememberKey(ReadOnlySpan<byte> row)
    {
        _lastKey.Clear();
        foreach (var ordinal in Range.Table.KeyOrdinals)
        {
            if (!TextRow.TryGet(row, ordinal, out var value))
                throw new FormatException($"A key of {Range.Table.Source} holds NULL.");
            TextRow.Append(_lastKey, value);
        }
    }
}
