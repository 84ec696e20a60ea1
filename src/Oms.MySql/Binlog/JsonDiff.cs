using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Oms.MySql.Binlog;

/// <summary>
/// The differences by which a PARTIAL_UPDATE_ROWS event says what became of a JSON column: operation (1 byte), path, and, unless something
/// is removed, the new value (https://dev.mysql.com/doc/dev/mysql-server/latest/classJson__diff__vector.html). What does not fit the
/// document is an error: then the image before was not what the differences are from.
/// </summary>
internal static class JsonDiff
{
    private const byte Replace = 0,
        Insert = 1,
        Remove = 2;

    /// <summary>Applies differences to a document and writes the text of the result.</summary>
    /// <param name="document">The column's value before, in binary form.</param>
    /// <exception cref="BinlogFormatException">The document or a difference is damaged, or they don't fit together.</exception>
    public static void Apply(ReadOnlySpan<byte> document, ReadOnlySpan<byte> differences, IBufferWriter<byte> output)
    {
        var root = JsonNode.Read(document);
        var reader = new EventReader(differences, "A JSON column's difference");
        while (reader.Remaining > 0)
        {
            var operation = reader.Byte();
            if (operation > Remove)
                throw new BinlogFormatException($"A JSON column's difference has operation {operation}, which is not known.");
            var path = Encoding.UTF8.GetString(reader.Take(reader.Count()));
            var value = operation == Remove ? null : JsonNode.Read(reader.Take(reader.Count()));
            root = Apply(root, operation, path, value);
        }
        root.WriteText(output);
    }

    private static JsonNode Apply(JsonNode root, byte operation, string path, JsonNode? value)
    {
        var legs = Legs(path);
        if (legs.Count == 0)
            return operation == Replace ? value! : throw DoesNotFit(path);
        var parent = root;
        foreach (var leg in legs.SkipLast(1))
            parent = Find(parent, leg) ?? throw DoesNotFit(path);
        var (key, index) = legs[^1];
        var isDone = parent switch
        {
            { Members: { } members } when key is not null => operation switch
            {
                Insert => members.TryAdd(key, value!),
                Remove => members.Remove(key),
                _ => members.ContainsKey(key) && (members[key] = value!) is not null,
            },
            { Elements: { } elements } when key is null => operation switch
            {
                // The server appends what is inserted behind the end.
                Insert => InsertAt(elements, Math.Min(index, elements.Count), value!),
                Remove => index < elements.Count && RemoveAt(elements, index),
                _ => index < elements.Count && (elements[index] = value!) is not null,
            },
            _ => false,
        };
        return isDone ? root : throw DoesNotFit(path);
    }

    private static bool InsertAt(List<JsonNode> elements, int index, JsonNode value)
    {
        elements.Insert(index, value);
        return true;
    }

    private static bool RemoveAt(List<JsonNode> elements, int index)
    {
        elements.RemoveAt(index);
        return true;
    }

    private static JsonNode? Find(JsonNode node, (byte[]? Key, int Index) leg) =>
        leg.Key is { } key ? node.Members?.GetValueOrDefault(key)
        : node.Elements is { } elements && leg.Index < elements.Count ? elements[leg.Index]
        : null;

    // $.name, $."any name", $[3], and their combinations.
    private static List<(byte[]? Key, int Index)> Legs(string path)
    {
        var legs = new List<(byte[]?, int)>();
        var at = path.StartsWith('$') ? 1 : throw Wrong(path);
        while (at < path.Length)
        {
            if (path[at] == '[')
            {
                var end = path.IndexOf(']', at);
                if (
                    end < 0
                    || !int.TryParse(path.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                )
                    throw Wrong(path);
                legs.Add((null, index));
                at = end + 1;
            }
            else if (path[at] == '.')
            {
                var end = EndOfName(path, ++at);
                legs.Add((Encoding.UTF8.GetBytes(Name(path, at, end)), 0));
                at = end;
            }
            else
            {
                throw Wrong(path);
            }
        }
        return legs;
    }

    private static int EndOfName(string path, int start)
    {
        if (start >= path.Length)
            throw Wrong(path);
        if (path[start] != '"')
        {
            var stop = path.AsSpan(start).IndexOfAny('.', '[');
            return stop < 0 ? path.Length
                : stop > 0 ? start + stop
                : throw Wrong(path);
        }
        for (var i = start + 1; i < path.Length; i++)
        {
            if (path[i] == '\\')
                i++;
            else if (path[i] == '"')
                return i + 1;
        }
        throw Wrong(path);
    }

    private static string Name(string path, int start, int end)
    {
        var name = path[start..end];
        if (name[0] != '"')
            return name;
        try
        {
            return JsonSerializer.Deserialize<string>(name) ?? throw Wrong(path);
        }
        catch (JsonException)
        {
            throw Wrong(path);
        }
    }

    private static BinlogFormatException Wrong(string path) =>
        new($"A JSON column's difference has the path '{Shown(path)}', which is none.");

    private static BinlogFormatException DoesNotFit(string path) =>
        new($"A JSON column's difference at '{Shown(path)}' does not fit the document that it is for.");

    private static string Shown(string path) => path.Length > 200 ? path[..200] + "…" : path;
}
