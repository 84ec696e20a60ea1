using System.Text;
using Oms.MySql;

namespace Oms.Verification;

/// <summary>Hashes of rows by their keys. Keys are compared by their bytes.</summary>
internal sealed class RowHashes
{
    private readonly Dictionary<string, string> _hashes = [];

    public int Count => _hashes.Count;

    /// <summary>Splits a row of key and hash; both are kept as Latin-1 text, a character a byte.</summary>
    public static (string Key, string Hash) Split(ReadOnlySpan<byte> row, int keyColumns)
    {
        var key = KeyOf(row, keyColumns);
        var rest = new TextRow(row[key.Length..]);
        if (!rest.TryRead(out var hash, out var isNull) || isNull)
            throw new FormatException("A row of key and hash has no hash.");
        return (key, Encoding.Latin1.GetString(hash));
    }

    /// <summary>The key with which a row begins, as Latin-1 text.</summary>
    public static string KeyOf(ReadOnlySpan<byte> row, int keyColumns)
    {
        var fields = new TextRow(row);
        var keyLength = 0;
        for (var i = 0; i < keyColumns; i++)
        {
            if (!fields.TryRead(out var field, out _))
                throw new FormatException("A row ends inside its key.");
            keyLength += FieldLength(row[keyLength..], field.Length);
        }
        return Encoding.Latin1.GetString(row[..keyLength]);
    }

    /// <summary>Reads all rows of a query of key and hash.</summary>
    public static async Task<RowHashes> ReadAsync(RowSession connection, string sql, int keyColumns, CancellationToken cancellationToken)
    {
        var hashes = new RowHashes();
        await using var stream = await connection.QueryTextRowsAsync(sql, cancellationToken);
        while (await stream.ReadAsync(cancellationToken))
        {
            var (key, hash) = Split(stream.Current.Span, keyColumns);
            hashes._hashes[key] = hash;
        }

        return hashes;
    }

    /// <summary>Adds the rows of another table that goes to the same destination. A key that both have can't be right there, so it gets a
    /// hash that no row has.</summary>
    public void Add(RowHashes other)
    {
        foreach (var (key, hash) in other._hashes)
        {
            if (!_hashes.TryAdd(key, hash))
                _hashes[key] = "several";
        }
    }

    public string? Find(string key) => _hashes.GetValueOrDefault(key);

    /// <summary>Takes a row out: its hash, null when there is none.</summary>
    public string? Take(string key) => _hashes.Remove(key, out var hash) ? hash : null;

    public IEnumerable<string> Keys => _hashes.Keys;

    private static int FieldLength(ReadOnlySpan<byte> field, int valueLength) =>
        field[0] switch
        {
            0xFB => 1,
            0xFC => 3,
            0xFD => 4,
            0xFE => 9,
            _ => 1,
        } + valueLength;
}
