using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A generated column: its definition, and values in the one form in which a server prints them.</summary>
/// <param name="Width">Bytes that a value takes in a page at most, for the row's limit.</param>
internal sealed record RoundTripColumn(string Definition, int Width, Gen<byte[]> Values)
{
    private static readonly int[] s_blobSizes = [0, 1, 254, 255, 256, 65_535, 65_536, 65_600];

    static RoundTripColumn() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Columns of every type that the flavour has.</summary>
    public static Gen<RoundTripColumn> Of(ServerFlavourName flavour) =>
        Gen.OneOf(
            (Gen<RoundTripColumn>[])
                [
                    Integer(),
                    Decimal(),
                    Float(),
                    Double(),
                    Bit(),
                    Year(),
                    Date(),
                    Time(flavour),
                    DateTime(),
                    Timestamp(flavour),
                    Characters(flavour),
                    Characters(flavour),
                    Binary(),
                    Blob(),
                    Enum(),
                    Set(),
                    Geometry(),
                    .. flavour == ServerFlavourName.MySql97
                        ? (Gen<RoundTripColumn>[])[Json(), Vector()]
                        : [MariaDbJson(), Inet4(), Inet6(), Uuid(), Compressed()],
                    .. flavour == ServerFlavourName.MariaDb118 ? (Gen<RoundTripColumn>[])[Vector()] : [],
                ]
        );

    private static Gen<RoundTripColumn> Integer() =>
        from type in Gen.Elements(("TINYINT", 8), ("SMALLINT", 16), ("MEDIUMINT", 24), ("INT", 32), ("BIGINT", 64))
        from form in Gen.Elements("", " UNSIGNED", "(5) ZEROFILL")
        select new RoundTripColumn(type.Item1 + form, 8, form == "" ? Signed(type.Item2) : Unsigned(type.Item2));

    private static Gen<byte[]> Signed(int bits) => Number(bits).Select(n => Ascii($"{(long)(n << (64 - bits)) >> (64 - bits)}"));

    private static Gen<byte[]> Unsigned(int bits) => Number(bits).Select(n => Ascii($"{n}"));

    // Extremes, small numbers, and any.
    private static Gen<ulong> Number(int bits)
    {
        var mask = ulong.MaxValue >> (64 - bits);
        return Gen.OneOf(
                Gen.Elements<ulong>(0, 1, mask, mask >> 1, (mask >> 1) + 1, mask - 1),
                Gen.Choose(0, 1000).Select(n => (ulong)n),
                Any64()
            )
            .Select(n => n & mask);
    }

    private static Gen<ulong> Any64() =>
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        select (ulong)(uint)high << 32 | (uint)low;

    private static Gen<RoundTripColumn> Decimal() =>
        from precision in Gen.Choose(1, 65)
        from scale in Gen.Choose(0, Math.Min(30, precision))
        from unsigned in Gen.Elements(true, false)
        select new RoundTripColumn(
            Text($"DECIMAL({precision},{scale}){(unsigned ? " UNSIGNED" : "")}"),
            30,
            DecimalValue(precision, scale, unsigned)
        );

    private static Gen<byte[]> DecimalValue(int precision, int scale, bool unsigned) =>
        from used in Gen.Choose(0, precision)
        from digits in Gen.OneOf(Gen.Choose(0, 9).ArrayOf(used), Gen.Constant(9).ArrayOf(used))
        from negative in Gen.Elements(true, false)
        let all = string.Concat(digits).PadLeft(precision, '0')
        let whole = all[..(precision - scale)].TrimStart('0')
        let text = (whole.Length == 0 ? "0" : whole) + (scale > 0 ? "." + all[(precision - scale)..] : "")
        select Ascii($"{(negative && !unsigned && text.AsSpan().ContainsAnyInRange('1', '9') ? "-" : "")}{text}");

    private static Gen<RoundTripColumn> Float() =>
        Gen.Constant(new RoundTripColumn("FLOAT", 4, Any64().Select(bits => Printed(BitConverter.UInt32BitsToSingle((uint)bits)))));

    private static Gen<RoundTripColumn> Double() =>
        Gen.Constant(
            new RoundTripColumn(
                "DOUBLE",
                8,
                Gen.OneOf(
                        Any64().Select(BitConverter.UInt64BitsToDouble),
                        Gen.Choose(-1_000_000, 1_000_000).Select(n => n / 1000.0),
                        Gen.Elements(double.MaxValue, double.MinValue, double.Epsilon, 1e15, 1e16, 1e-15, 123456789012345680.0)
                    )
                    .Select(Printed)
            )
        );

    private static byte[] Printed(double value)
    {
        // -0, NaN and the infinities are not stored by every server.
        if (!double.IsFinite(value) || value == 0)
            value = 0;
        var text = new byte[DoubleText.MaxLength];
        return text[..DoubleText.Format(value, text)];
    }

    private static Gen<RoundTripColumn> Bit() =>
        Gen.Choose(1, 64).Select(bits => new RoundTripColumn(Text($"BIT({bits})"), 8, Unsigned(bits)));

    private static Gen<RoundTripColumn> Year() =>
        Gen.Constant(new RoundTripColumn("YEAR", 1, Gen.OneOf(Gen.Choose(1901, 2155), Gen.Constant(0)).Select(y => Ascii($"{y:D4}"))));

    private static Gen<string> DateText() =>
        from year in Gen.Frequency((8, Gen.Choose(1000, 9999)), (1, Gen.Choose(0, 999)))
        from month in Gen.Frequency((9, Gen.Choose(1, 12)), (1, Gen.Constant(0)))
        from day in Gen.Frequency((9, Gen.Choose(1, 31)), (1, Gen.Constant(0)))
        select Text($"{year:D4}-{month:D2}-{(month == 0 ? 0 : day):D2}");

    private static Gen<RoundTripColumn> Date() => Gen.Constant(new RoundTripColumn("DATE", 3, DateText().Select(Encoding.ASCII.GetBytes)));

    private static Gen<string> Fraction(int decimals) =>
        decimals == 0
            ? Gen.Constant("")
            : Gen.Frequency((4, Gen.Choose(0, 999_999)), (1, Gen.Elements(0, 999_999, 1))).Select(n => "." + Text($"{n:D6}")[^decimals..]);

    private static Gen<string> Clock() =>
        from seconds in Gen.Choose(0, 86_399)
        select Text($"{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}");

    private static Gen<RoundTripColumn> Time(ServerFlavourName flavour) =>
        from decimals in Gen.Choose(0, 6)
        select new RoundTripColumn(
            Text($"TIME({decimals})"),
            6,
            from seconds in Gen.Frequency((1, Gen.Elements(0, 1, 838 * 3600 + 3599)), (4, Gen.Choose(0, 838 * 3600 + 3599)))
            from fraction in Fraction(decimals)
            from negative in Gen.Elements(true, false)
            let shown = flavour == ServerFlavourName.MySql97 && seconds == 838 * 3600 + 3599 && decimals > 0
                ? "." + new string('0', decimals)
                : fraction
            let isZero = seconds == 0 && !shown.AsSpan().ContainsAnyInRange('1', '9')
            select Ascii($"{(negative && !isZero ? "-" : "")}{seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}{shown}")
        );

    private static Gen<RoundTripColumn> DateTime() =>
        from decimals in Gen.Choose(0, 6)
        select new RoundTripColumn(
            Text($"DATETIME({decimals})"),
            8,
            from date in DateText()
            from clock in Clock()
            from fraction in Fraction(decimals)
            select Ascii($"{date} {clock}{fraction}")
        );

    private static Gen<RoundTripColumn> Timestamp(ServerFlavourName flavour) =>
        from decimals in Gen.Choose(0, 6)
        select new RoundTripColumn(
            Text($"TIMESTAMP({decimals}) NULL"),
            7,
            from seconds in Gen.Frequency(
                (1, Gen.Elements<uint>(1u, int.MaxValue)),
                (4, Any64().Select(n => (uint)n % (flavour == ServerFlavourName.MariaDb118 ? uint.MaxValue : int.MaxValue) + 1))
            )
            from fraction in Fraction(decimals)
            select Ascii($"{System.DateTime.UnixEpoch.AddSeconds(seconds):yyyy-MM-dd HH:mm:ss}{fraction}")
        );

    private static Gen<RoundTripColumn> Characters(ServerFlavourName flavour) =>
        from set in Gen.Elements(CharacterSets(flavour))
        from length in Gen.Choose(1, 80)
        from type in Gen.Elements($"CHAR({length})", $"VARCHAR({length})", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT")
        select new RoundTripColumn(
            $"{type} CHARACTER SET {set.Name}",
            type[0] is 'C' or 'V' ? 4 * length + 2 : 40,
            StringValue(set.Encoding, set.Characters, type.Contains('(', StringComparison.Ordinal) ? length : 60, isTrimmed: type[0] == 'C')
        );

    private static Gen<byte[]> StringValue(Encoding encoding, string[] characters, int length, bool isTrimmed) =>
        from count in Gen.Choose(0, length)
        from parts in Gen.Elements(characters).ArrayOf(count)
        let text = string.Concat(parts)
        select encoding.GetBytes(isTrimmed ? text.TrimEnd(' ') : text);

    // For each set the characters to draw from: all of ASCII, and some that it has beyond.
    private static (string Name, Encoding Encoding, string[] Characters)[] CharacterSets(ServerFlavourName flavour)
    {
        string[] ascii = [.. Enumerable.Range(0, 128).Select(i => ((char)i).ToString())];
        string[] With(params string[] more) => [.. ascii, .. Enumerable.Repeat(more, 1 + 64 / more.Length).SelectMany(m => m)];
        string[] bmp = With("é", "Ж", "北", "京", "表", "한", "€", "\uFFFD"),
            all = [.. bmp, "😀", "𠮷", "😀", "𠮷"];
        return
        [
            ("utf8mb4", Encoding.UTF8, all),
            ("utf8mb3", Encoding.UTF8, bmp),
            ("utf16", Encoding.BigEndianUnicode, all),
            ("utf16le", Encoding.Unicode, all),
            ("utf32", new UTF32Encoding(bigEndian: true, byteOrderMark: false), all),
            ("ucs2", Encoding.BigEndianUnicode, bmp),
            ("latin1", Encoding.Latin1, [.. Enumerable.Range(0, 256).Select(i => ((char)i).ToString())]),
            ("ascii", Encoding.ASCII, ascii),
            ("cp1251", Encoding.GetEncoding(1251), With("Ж", "у", "к", "ё")),
            ("koi8r", Encoding.GetEncoding("koi8-r"), With("Ж", "у", "к")),
            ("gbk", Encoding.GetEncoding(936), With("北", "京", "縗", "誠")),
            ("sjis", Encoding.GetEncoding(932), [.. With("表", "ソ", "能", "ｱ").Where(c => c is not ("\\" or "~"))]),
            ("big5", Encoding.GetEncoding(950), With("北", "京", "許", "功", "蓋")),
            ("euckr", Encoding.GetEncoding(51949), With("한", "국")),
            ("cp850", Encoding.GetEncoding(850), With("é", "ß")),
            ("greek", Encoding.GetEncoding(28597), With("Ω", "μ")),
            .. flavour == ServerFlavourName.MySql97 ? ((string, Encoding, string[])[])[("gb18030", Encoding.GetEncoding(54936), all)] : [],
        ];
    }

    private static Gen<RoundTripColumn> Binary() =>
        from length in Gen.Choose(1, 120)
        from type in Gen.Elements("BINARY", "VARBINARY")
        select new RoundTripColumn(
            Text($"{type}({length})"),
            length + 2,
            Bytes(type == "BINARY" ? Gen.Constant(length) : Gen.Choose(0, length))
        );

    private static Gen<RoundTripColumn> Blob() =>
        from type in Gen.Elements(("TINYBLOB", 255), ("BLOB", 65_535), ("MEDIUMBLOB", 70_000), ("LONGBLOB", 70_000))
        select new RoundTripColumn(
            type.Item1,
            type.Item2 == 255 ? 256 : 40,
            Bytes(Gen.Frequency((8, Gen.Choose(0, 100)), (1, Gen.Elements([.. s_blobSizes.Where(s => s <= type.Item2)]))))
        );

    // Any bytes, all alike, or with those at the end that a server could strip.
    private static Gen<byte[]> Bytes(Gen<int> lengths) =>
        from length in lengths
        from seed in Gen.Choose(0, int.MaxValue)
        from kind in Gen.Choose(0, 3)
        select Fill(new byte[length], seed, kind);

    private static byte[] Fill(byte[] bytes, int seed, int kind)
    {
        if (kind == 0)
            bytes.AsSpan().Fill((byte)seed);
        else
            new Random(seed).NextBytes(bytes);
        if (kind == 1)
            bytes.AsSpan(bytes.Length / 2).Fill((byte)((seed & 1) == 0 ? 0 : 0x20));
        return bytes;
    }

    private static Gen<RoundTripColumn> Enum() =>
        from members in Gen.OneOf(Gen.Choose(1, 10), Gen.Elements(255, 256, 300))
        from set in Gen.Elements("utf8mb4", "latin1")
        select new RoundTripColumn(
            Text($"ENUM({Members(members)}) CHARACTER SET {set}"),
            2,
            Gen.Choose(1, members).Select(n => Ascii($"{n}"))
        );

    private static Gen<RoundTripColumn> Set() =>
        Gen.Choose(1, 64).Select(members => new RoundTripColumn(Text($"SET({Members(members)})"), 8, Unsigned(members)));

    private static string Members(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => Text($"'m{i}'")));

    // SRID 0, then a point or a line in WKB.
    private static Gen<RoundTripColumn> Geometry()
    {
        var coordinates = Gen.Choose(-1_000_000, 1_000_000).Select(n => BitConverter.GetBytes(n / 1024.0));
        var point = coordinates.ArrayOf(2).Select(c => (byte[])[0, 0, 0, 0, 1, 1, 0, 0, 0, .. c[0], .. c[1]]);
        var line =
            from count in Gen.Choose(2, 12)
            from c in coordinates.ArrayOf(2 * count)
            select (byte[])[0, 0, 0, 0, 1, 2, 0, 0, 0, (byte)count, 0, 0, 0, .. c.SelectMany(b => b)];
        return Gen.Elements(
            new RoundTripColumn("POINT", 40, point),
            new RoundTripColumn("LINESTRING", 40, line),
            new RoundTripColumn("GEOMETRY", 40, Gen.OneOf(point, line))
        );
    }

    private static Gen<RoundTripColumn> Json() =>
        Gen.Constant(new RoundTripColumn("JSON", 40, JsonValue(3).Select(Encoding.UTF8.GetBytes)));

    // To MariaDB it is a text that JSON_VALID accepts.
    private static Gen<RoundTripColumn> MariaDbJson() =>
        Gen.Constant(
            new RoundTripColumn(
                "JSON",
                40,
                from text in JsonValue(3)
                from spaces in Gen.Choose(0, 3)
                select Encoding.UTF8.GetBytes(new string(' ', spaces) + text)
            )
        );

    // As MySQL prints it: keys by length and bytes, ", " and ": ".
    private static Gen<string> JsonValue(int depth)
    {
        var scalar = Gen.OneOf(
            Gen.Elements("null", "true", "false", "\"\"", "-9223372036854775808", "18446744073709551615", "0"),
            Any64().Select(n => Text($"{(long)n}")),
            JsonString(12),
            Gen.Elements(100, 127, 128, 300, 20_000).SelectMany(JsonString),
            Gen.Choose(-1_000_000, 1_000_000).Select(n => Text($"{n + 0.5:0.0}"))
        );
        if (depth == 0)
            return scalar;
        var array =
            from count in Gen.Choose(0, 6)
            from values in JsonValue(depth - 1).ArrayOf(count)
            select $"[{string.Join(", ", values)}]";
        var obj =
            from count in Gen.Choose(0, 6)
            from keys in JsonString(8).ArrayOf(count)
            from values in JsonValue(depth - 1).ArrayOf(count)
            select $"{{{string.Join(", ", keys.Zip(values).DistinctBy(m => m.First).OrderBy(m => Unescaped(m.First).Length).ThenBy(m => Unescaped(m.First), Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).Select(m => $"{m.First}: {m.Second}"))}}}";
        return Gen.Frequency((4, scalar), (3, array), (3, obj));
    }

    private static readonly string[] s_jsonCharacters =
    [
        "a",
        "b",
        "Z",
        " ",
        "0",
        "é",
        "北",
        "😀",
        "\\\"",
        "\\\\",
        "\\n",
        "\\t",
        "\\u0001",
        "\\u001f",
        "/",
        "'",
        "\u007f",
    ];

    private static Gen<string> JsonString(int longest) =>
        from count in Gen.Choose(longest > 50 ? longest - 2 : 0, longest)
        from parts in Gen.Elements(s_jsonCharacters).ArrayOf(count)
        select $"\"{string.Concat(parts)}\"";

    private static byte[] Unescaped(string json) => Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Deserialize<string>(json)!);

    private static Gen<RoundTripColumn> Vector() =>
        from size in Gen.Choose(1, 20)
        select new RoundTripColumn(
            Text($"VECTOR({size})"),
            4 * size,
            Gen.Choose(-1_000_000, 1_000_000)
                .ArrayOf(size)
                .Select(numbers => numbers.SelectMany(n => BitConverter.GetBytes(n / 64f)).ToArray())
        );

    private static Gen<byte[]> Mixed(int length) =>
        Gen.Frequency((3, Gen.Choose(0, 255)), (2, Gen.Constant(0)), (1, Gen.Constant(255))).Select(n => (byte)n).ArrayOf(length);

    private static Gen<RoundTripColumn> Inet4() =>
        Gen.Constant(new RoundTripColumn("INET4", 4, Mixed(4).Select(b => Ascii($"{b[0]}.{b[1]}.{b[2]}.{b[3]}"))));

    private static Gen<RoundTripColumn> Inet6() =>
        Gen.Constant(
            new RoundTripColumn(
                "INET6",
                16,
                Gen.Elements(0, 0, 0, 1, 0xFFFF, 0x2001, 0x0DB8)
                    .ArrayOf(8)
                    .SelectMany(groups =>
                        Mixed(16)
                            .Select(b =>
                            {
                                var bytes = b[0] < 128 ? b : [.. groups.SelectMany(g => new[] { (byte)(g >> 8), (byte)g })];
                                var text = new byte[64];
                                return text[..AddressText.FormatInet6(bytes, text)];
                            })
                    )
            )
        );

    private static Gen<RoundTripColumn> Uuid() => Gen.Constant(new RoundTripColumn("UUID", 16, Mixed(16).Select(AsUuid)));

    // MariaDB takes versions below 8, of the variant that all UUIDs have today.
    private static byte[] AsUuid(byte[] bytes)
    {
        bytes[6] &= 0x7F;
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return Ascii($"{new Guid(bytes, bigEndian: true):D}");
    }

    private static Gen<RoundTripColumn> Compressed() =>
        from length in Gen.Elements(10, 200, 400)
        from type in Gen.Elements(
            $"VARCHAR({length}) COMPRESSED",
            $"VARBINARY({length}) COMPRESSED",
            "BLOB COMPRESSED",
            "TEXT COMPRESSED",
            "MEDIUMBLOB COMPRESSED"
        )
        select new RoundTripColumn(
            type,
            type.StartsWith("VAR", StringComparison.Ordinal) ? 4 * length + 2 : 40,
            type.Contains("CHAR", StringComparison.Ordinal) || type.StartsWith("TEXT", StringComparison.Ordinal)
                ? from text in StringValue(Encoding.UTF8, ["a", "b", "北", "😀", " "], 5, isTrimmed: false)
                from times in Gen.Choose(0, length / 5)
                select Enumerable.Repeat(text, times).SelectMany(t => t).ToArray()
                : Bytes(Gen.Choose(0, type.StartsWith("VAR", StringComparison.Ordinal) ? length : 2000))
        );

    private static byte[] Ascii(FormattableString text) => Encoding.ASCII.GetBytes(Text(text));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
