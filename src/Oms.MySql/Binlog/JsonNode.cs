using System.Buffers;

namespace Oms.MySql.Binlog;

/// <summary>A JSON document taken apart so that it can be changed in places: what the differences of a PARTIAL_UPDATE_ROWS event are
/// applied to. Scalars keep their binary form.</summary>
internal sealed class JsonNode
{
    private readonly byte _type;
    private readonly byte[] _scalar;

    private JsonNode(byte type, byte[] scalar, List<JsonNode>? elements, SortedList<byte[], JsonNode>? members) =>
        (_type, _scalar, Elements, Members) = (type, scalar, elements, members);

    /// <summary>An array's elements; null for all else.</summary>
    public List<JsonNode>? Elements { get; }

    /// <summary>An object's members in the server's order; null for all else.</summary>
    public SortedList<byte[], JsonNode>? Members { get; }

    /// <summary>Reads a document: type and value.</summary>
    /// <exception cref="BinlogFormatException">It is damaged.</exception>
    public static JsonNode Read(ReadOnlySpan<byte> document)
    {
        // As in JsonText: the server takes no bytes for null.
        if (document.IsEmpty)
            return new JsonNode(JsonBinary.Literal, [0], null, null);
        var budget = document.Length;
        return Read(document[0], document[1..], 1, ref budget);
    }

    /// <summary>Writes the text that the server prints of it.</summary>
    /// <exception cref="BinlogFormatException">A scalar is damaged, or it is nested too deep.</exception>
    public void WriteText(IBufferWriter<byte> output, int depth = 1)
    {
        if (depth > JsonBinary.MaxDepth)
            throw JsonBinary.Damaged($"it is nested more than {JsonBinary.MaxDepth} deep");
        if (Elements is null && Members is null)
        {
            var budget = int.MaxValue;
            JsonText.WriteValue(_type, _scalar, output, depth, ref budget);
            return;
        }
        output.Write(Members is null ? "["u8 : "{"u8);
        var count = Members?.Count ?? Elements!.Count;
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                output.Write(", "u8);
            if (Members is not null)
            {
                JsonText.WriteString(Members.Keys[i], output);
                output.Write(": "u8);
            }
            (Members is null ? Elements![i] : Members.Values[i]).WriteText(output, depth + 1);
        }
        output.Write(Members is null ? "]"u8 : "}"u8);
    }

    private static JsonNode Read(byte type, ReadOnlySpan<byte> data, int depth, ref int budget)
    {
        // Each value takes a byte of its own at least: what refers to more than there is refers to the same twice.
        if (--budget < 0)
            throw JsonBinary.Damaged("its parts overlap");
        if (!JsonContainer.Is(type))
        {
            var scalar = JsonBinary.Scalar(type, data);
            budget -= type is JsonBinary.String or JsonBinary.Opaque ? scalar.Length - 1 : 0;
            return budget >= 0 ? new JsonNode(type, scalar.ToArray(), null, null) : throw JsonBinary.Damaged("its parts overlap");
        }
        if (depth > JsonBinary.MaxDepth)
            throw JsonBinary.Damaged($"it is nested more than {JsonBinary.MaxDepth} deep");
        var container = new JsonContainer(type, data);
        var node = container.IsObject
            ? new JsonNode(type, [], null, new SortedList<byte[], JsonNode>(KeyOrder.Instance))
            : new JsonNode(type, [], [], null);
        for (var i = 0; i < container.Count; i++)
        {
            var value = container.Value(i, out var valueType);
            var child = Read(valueType, value, depth + 1, ref budget);
            if (node.Members is null)
            {
                node.Elements!.Add(child);
                continue;
            }
            var key = container.Key(i);
            budget -= key.Length;
            if (budget < 0)
                throw JsonBinary.Damaged("its parts overlap");
            if (!node.Members.TryAdd(key.ToArray(), child))
                throw JsonBinary.Damaged("an object has a key twice");
        }
        return node;
    }

    /// <summary>The order of keys in a binary object: by length, then by bytes.</summary>
    private sealed class KeyOrder : IComparer<byte[]>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x!.Length != y!.Length ? x.Length.CompareTo(y.Length) : x.AsSpan().SequenceCompareTo(y);
    }
}
