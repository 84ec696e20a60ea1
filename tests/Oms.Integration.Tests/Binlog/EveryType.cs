using System.Globalization;
using System.Text;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A column for the table of all types: its definition and values of it, as SQL expressions. Every column also gets a
/// NULL.</summary>
internal sealed record TypeSample(string Definition, params string[] Values)
{
    /// <summary>Whether the values can be stored only without strict mode.</summary>
    public bool IsLax { get; init; }

    public bool IsGenerated { get; init; }
}

/// <summary>Every column type of the servers with its extreme values.</summary>
internal static class EveryType
{
    private static readonly string Members64 = string.Join(',', Enumerable.Range(0, 64).Select(i => $"'m{i}'"));

    private static readonly string AllBytes = Convert.ToHexString([.. Enumerable.Range(0, 256).Select(i => (byte)i)]);

    // U+0000 to U+00FF, then characters of two, three and four bytes.
    private static readonly string UnicodeHex = Convert.ToHexString(
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 256).Select(i => (char)i)) + "ЖΩ北京表ソ誠縗€😀𠮷")
    );

    public static IReadOnlyList<TypeSample> Of(ServerFlavourName flavour)
    {
        var samples = new List<TypeSample>([
            .. Numbers(),
            .. Times(flavour),
            .. Strings(),
            .. CharacterSets(),
            .. Geometries(),
            .. Generated(),
        ]);
        samples.AddRange(flavour == ServerFlavourName.MySql97 ? MySqlOnly() : MariaDbOnly(flavour));
        return samples;
    }

    private static IEnumerable<TypeSample> Numbers()
    {
        foreach (var (type, bits) in new[] { ("TINYINT", 8), ("SMALLINT", 16), ("MEDIUMINT", 24), ("INT", 32), ("BIGINT", 64) })
        {
            var greatest = (UInt128.One << bits) - 1;
            var half = UInt128.One << (bits - 1);
            yield return new(type, $"-{half}", $"{half - 1}", "0", "-1", "1");
            yield return new($"{type} UNSIGNED", "0", $"{greatest}", $"{half}", $"{half - 1}");
            yield return new($"{type}(5) ZEROFILL", "0", "7", $"{greatest}");
        }
        yield return new("BOOL", "TRUE", "FALSE");
        yield return new(
            "DECIMAL(65,30)",
            new string('9', 35) + "." + new string('9', 30),
            "-" + new string('9', 35) + "." + new string('9', 30),
            "0",
            "-0." + new string('0', 29) + "1",
            "1.5"
        );
        yield return new("DECIMAL(65,0)", new string('9', 65), "-" + new string('9', 65), "0", "1000000000", "-999999999");
        yield return new("DECIMAL(30,30)", "0." + new string('9', 30), "-0.5", "0");
        yield return new("DECIMAL(10,5)", "99999.99999", "-0.00001", "12345.6789", "0.5");
        yield return new("DECIMAL(9,9)", "0.123456789", "-0.000000001");
        yield return new("DECIMAL(18,9)", "123456789.987654321", "-1");
        yield return new("DECIMAL(1,0)", "-9", "0", "9");
        yield return new("DECIMAL(20,5) UNSIGNED ZEROFILL", "1.5", "0", "999999999999999.99999");
        yield return new(
            "FLOAT",
            "1.17549435E-38",
            "3.4028234663852886E+38",
            "-3.4028234663852886E+38",
            "0.1",
            "16777217",
            "16777216",
            "1.4012984643248171e-45",
            "0",
            "-1.5",
            "1e-15",
            "123456.789",
            "1e15",
            "9.999999e14"
        );
        yield return new("FLOAT UNSIGNED", "0.3", "1e10");
        yield return new("FLOAT(7,3) ZEROFILL", "1.5", "1234.567");
        yield return new(
            "DOUBLE",
            "2.2250738585072014E-308",
            "1.7976931348623157E+308",
            "-1.7976931348623157E+308",
            "5e-324",
            "0.1",
            "9007199254740993",
            "1e15",
            "1e16",
            "123456789012345678",
            "1e-14",
            "1e-15",
            "1.5e-15",
            "0.000011234567890123456",
            "1.1234567890123456e-15",
            "100",
            "1e20",
            "-1e-5",
            "0.30000000000000004",
            "1234567890123456",
            "12345678901234567",
            "999999999999999",
            "1e22",
            "1e23"
        );
        yield return new("DOUBLE(9,2)", "1.1", "-1234567.89");
        yield return new("DOUBLE ZEROFILL", "1e20", "1");
        yield return new("BIT(1)", "0", "1");
        yield return new("BIT(9)", "0", "257", "511");
        yield return new("BIT(64)", "0", "1", "18446744073709551615", "9223372036854775808");
        yield return new("YEAR", "1901", "2155", "0", "2000");
        yield return new("ENUM('a','b','it''s, (unsigned)')", "'a'", "'it''s, (unsigned)'");
        yield return new("ENUM('x','0')", "0", "2") { IsLax = true };
        yield return new($"ENUM({string.Join(',', Enumerable.Range(0, 300).Select(i => $"'e{i}'"))})", "'e0'", "'e299'");
        yield return new($"SET({Members64})", "18446744073709551615", "0", "9223372036854775808", "1");
        yield return new("SET('a','b','c')", "'a,c'", "''", "7");
    }

    private static IEnumerable<TypeSample> Times(ServerFlavourName flavour)
    {
        yield return new(
            "DATE",
            "'0000-00-00'",
            "'9999-12-31'",
            "'1000-01-01'",
            "'2024-02-29'",
            "'2023-02-31'",
            "'2020-00-00'",
            "'2020-05-00'",
            "'0001-01-01'"
        );
        for (var decimals = 0; decimals <= 6; decimals++)
        {
            var fraction = decimals == 0 ? "" : "." + "987654"[..decimals];
            var least = decimals == 0 ? "" : "." + "000001"[^decimals..];
            // MariaDB allows a fraction above 838:59:59.
            var top =
                flavour == ServerFlavourName.MySql97 ? ""
                : decimals == 0 ? ""
                : "." + "999999"[..decimals];
            yield return new(
                $"TIME({decimals})",
                $"'838:59:59{top}'",
                $"'-838:59:59{top}'",
                $"'00:00:00{least}'",
                $"'-00:00:00{least}'",
                $"'-00:00:01{fraction}'",
                $"'12:34:56{fraction}'",
                "'00:00:00'",
                "'-100:00:00'"
            );
            yield return new(
                $"DATETIME({decimals})",
                "'0000-00-00 00:00:00'",
                $"'9999-12-31 23:59:59{fraction}'",
                $"'1000-01-01 00:00:00{least}'",
                "'2023-02-31 01:02:03'",
                "'2020-00-00 10:11:12'"
            );
            yield return new(
                $"TIMESTAMP({decimals}) NULL",
                "'0000-00-00 00:00:00'",
                $"'1970-01-01 00:00:01{fraction}'",
                $"'2038-01-19 03:14:07{(decimals == 0 ? "" : "." + "999999"[..decimals])}'",
                $"'2024-02-29 12:00:00{least}'"
            );
        }
    }

    private static IEnumerable<TypeSample> Strings()
    {
        yield return new("CHAR(10)", "''", "'a'", "'a  '", "'  a'", "'😀北京'", "_utf8mb4 X'0041'");
        yield return new("CHAR(255)", "''", $"REPEAT('😀', 255)", "REPEAT('a', 255)");
        yield return new("VARCHAR(63)", "''", "' '", "'a '", "REPEAT('😀', 63)");
        yield return new(
            "VARCHAR(400)",
            "''",
            $"CONVERT(X'{UnicodeHex}' USING utf8mb4)",
            "REPEAT('😀', 400)",
            """'\\\'\"\0\n\r\t\Z%\\_'"""
        );
        yield return new("BINARY(5)", "''", "'ab'", "X'0001020000'", "X'FFFFFFFFFF'", "X'2020202020'");
        yield return new("BINARY(255)", "''", $"X'{AllBytes[..510]}'");
        yield return new("VARBINARY(10)", "''", "X'00'", "X'6100'", "'a '");
        yield return new("VARBINARY(300)", $"X'{AllBytes}'", "''", """X'5C27225C5C'""");
        yield return new("TINYBLOB", $"X'{AllBytes[2..]}'", "''");
        yield return new("BLOB", $"X'{AllBytes}'", "''");
        yield return new("MEDIUMBLOB", $"REPEAT(X'{AllBytes}', 300)", "''");
        yield return new("LONGBLOB", $"REPEAT(X'{AllBytes}', 300)", "''", "X'FB'", "X'FF'");
        yield return new("TINYTEXT", "'😀'", "''");
        yield return new("TEXT", $"CONVERT(X'{UnicodeHex}' USING utf8mb4)", "''", "' '");
        yield return new("MEDIUMTEXT", "REPEAT('北京', 20000)", "''");
        yield return new("LONGTEXT", "REPEAT('😀', 300)", "''");
        yield return new("NVARCHAR(20)", "'Ωa'", "''");
    }

    private static IEnumerable<TypeSample> CharacterSets()
    {
        foreach (
            var (set, text) in new[]
            {
                ("latin1", "é€ÿ\\'"),
                ("latin2", "łó"),
                ("cp1251", "Жук"),
                ("koi8r", "Жук"),
                ("greek", "Ωμ"),
                ("hebrew", "שלום"),
                ("gbk", "北京縗誠"),
                ("gb2312", "北京"),
                ("big5", "北京許功蓋"),
                ("sjis", "表ソ能ｱ"),
                ("cp932", "表ソ能①"),
                ("ujis", "表ソ能"),
                ("eucjpms", "表ソ能"),
                ("euckr", "한국"),
                ("tis620", "กข"),
                ("utf8mb3", "北京é"),
                ("utf16", "北😀"),
                ("utf16le", "北😀"),
                ("utf32", "北😀"),
                ("ucs2", "北京"),
                ("ascii", "a'\\b"),
                ("swe7", "aÅb"),
                ("armscii8", "Աբ"),
                ("dec8", "é"),
                ("hp8", "é"),
                ("macroman", "é"),
                ("cp850", "é"),
                ("cp866", "Жук"),
                ("geostd8", "აბ"),
                ("keybcs2", "č"),
            }
        )
        {
            var value = $"CONVERT(_utf8mb4 X'{Convert.ToHexString(Encoding.UTF8.GetBytes(text))}' USING {set})";
            // All of ASCII: what a literal without an introducer must carry unchanged. (These two have not all of it.)
            var ascii = set is "swe7" or "armscii8" ? value : $"CONVERT(_utf8mb4 X'{AllBytes[..256]}' USING {set})";
            yield return new($"VARCHAR(300) CHARACTER SET {set}", value, "''", ascii);
            yield return new($"CHAR(20) CHARACTER SET {set}", value, "''", "' x '");
            yield return new($"TEXT CHARACTER SET {set}", value, "''");
        }
        yield return new("VARCHAR(300) CHARACTER SET latin1", $"_latin1 X'{AllBytes}'");
        yield return new("CHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "'a'", "''");
        yield return new("CHAR(20) CHARACTER SET binary", "X'00ff'", "''");
        yield return new("ENUM('é','ß') CHARACTER SET latin1", "'ß'");
        yield return new("ENUM('北','京') CHARACTER SET ucs2", "'京'");
        yield return new("SET('北','京') CHARACTER SET utf16", "'北,京'", "''");
    }

    private static IEnumerable<TypeSample> Geometries()
    {
        const string polygon = "POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,4 2,4 4,2 4,2 2))";
        yield return new(
            "GEOMETRY",
            "ST_GeomFromText('POINT(1 2)')",
            "ST_GeomFromText('POINT(-1.5 52.25)', 4326)",
            $"ST_GeomFromText('{polygon}', 4326)",
            "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')"
        );
        yield return new("POINT", "ST_GeomFromText('POINT(39 92)', 4326)", "ST_GeomFromText('POINT(0 0)')");
        yield return new("LINESTRING", "ST_GeomFromText('LINESTRING(0 0,1 1,2 0)')");
        yield return new("POLYGON", $"ST_GeomFromText('{polygon}')");
        yield return new("MULTIPOINT", "ST_GeomFromText('MULTIPOINT(0 0,39 92)')");
        yield return new("MULTILINESTRING", "ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))')");
        yield return new("MULTIPOLYGON", "ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))')");
        yield return new("GEOMETRYCOLLECTION", "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))', 4326)");
    }

    private static IEnumerable<TypeSample> Generated()
    {
        yield return new("INT AS (id + 1) VIRTUAL") { IsGenerated = true };
        yield return new("INT AS (id * 2) STORED") { IsGenerated = true };
        yield return new("VARCHAR(30) AS (CONCAT('v', id, touch)) VIRTUAL") { IsGenerated = true };
        yield return new("INT INVISIBLE", "5", "-5");
    }

    private static IEnumerable<TypeSample> MySqlOnly()
    {
        yield return new("JSON", JsonValues());
        yield return new("VECTOR(3)", "STRING_TO_VECTOR('[1.5,-2,3e10]')", "X'000000000000000000000000'");
        yield return new("VECTOR(2000)", $"X'{string.Concat(Enumerable.Repeat("0000C03F", 2000))}'");
        yield return new("VARCHAR(20) CHARACTER SET gb18030", "'北京😀'", "''");
        yield return new("POINT SRID 4326", "ST_GeomFromText('POINT(39 92)', 4326)");
        yield return new("FLOAT", "-0e0");
        yield return new("DOUBLE", "-0e0");
        yield return new("CHAR(10) COLLATE utf8mb4_0900_ai_ci", "'a '", "''"); // NO PAD
    }

    private static IEnumerable<TypeSample> MariaDbOnly(ServerFlavourName flavour)
    {
        yield return new("JSON", """'{"a": [1, 1.50, "北京😀", null]}'""", "'[]'", "'\"\"'");
        yield return new("INET4", "'0.0.0.0'", "'255.255.255.255'", "'10.20.0.0'", "'1.0.0.0'");
        yield return new(
            "INET6",
            "'::'",
            "'::1'",
            "'::1.2.3.4'",
            "'::ffff:1.2.3.4'",
            "'::ffff:0:1.2.3.4'",
            "'2001:db8::'",
            "'2001:db8::1'",
            "'1::2:0:0:0:3'",
            "'1:0:0:2:0:0:0:3'",
            "'0:0:1::'",
            "'fe80::1:0:0:1'",
            "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'",
            "'1:0:2:0:3:0:4:0'",
            "'::2:3'",
            "'::ffff'",
            "'::1:0'",
            "'0:1:2:3:4:5:6:7'",
            "'::ffff:0.0.0.1'",
            "'::abcd:1:2'",
            "'64:ff9b::1.2.3.4'",
            "'::5:ffff:1:2'",
            "'::0.1.0.0'",
            "'1:2:3:4:5:6:0:0'",
            "'0:0:2:0:0:3:0:0'"
        );
        yield return new(
            "UUID",
            "'00000000-0000-0000-0000-000000000000'",
            "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
            "'01234567-89ab-1def-8123-456789abcdef'",
            "'01234567-89ab-4def-a123-456789abcdef'",
            "'01890a5d-ac96-774b-bcce-b302099a8057'",
            "'12345678-0000-0000-8000-000000000000'",
            "'12345678-1234-1000-8000-001122330000'"
        );
        yield return new("YEAR(2)", "1970", "2069", "2000");
        yield return new("VARCHAR(100) COMPRESSED", "''", "'a'", "REPEAT('北京', 50)");
        yield return new("VARCHAR(1000) COMPRESSED", "REPEAT('a', 1000)", "'x'");
        yield return new("VARBINARY(400) COMPRESSED", $"REPEAT(X'00', 400)", $"X'{AllBytes}'");
        yield return new("TEXT COMPRESSED", "''", "REPEAT('a', 60000)", "'short'");
        yield return new("TEXT COMPRESSED CHARACTER SET latin1", "REPEAT('é', 300)");
        yield return new("MEDIUMBLOB COMPRESSED", $"REPEAT(X'{AllBytes}', 500)", "''");
        yield return new("INT WITHOUT SYSTEM VERSIONING", "1");
        if (flavour == ServerFlavourName.MariaDb118)
        {
            yield return new("VECTOR(3)", "VEC_FROMTEXT('[1.5,-2,3e10]')", "X'000000000000000000000000'");
            yield return new("FLOAT", "'-0'");
            yield return new("TIMESTAMP(6) NULL", "'2106-02-07 06:28:15.999999'");
        }
    }

    private static string[] JsonValues()
    {
        var wide = string.Join(
            ',',
            Enumerable.Range(0, 3000).Select(i => $"'key{i.ToString(CultureInfo.InvariantCulture)}', REPEAT('v', {i % 40})")
        );
        return
        [
            "'{}'",
            "'[]'",
            "'null'",
            "'true'",
            "'false'",
            "'0'",
            "'-1'",
            "'32767'",
            "'32768'",
            "'65535'",
            "'65536'",
            "'2147483647'",
            "'-2147483648'",
            "'4294967295'",
            "'4294967296'",
            "'-9223372036854775808'",
            "'9223372036854775807'",
            "'9223372036854775808'",
            "'18446744073709551615'",
            "'\"\"'",
            "'1.0'",
            "'1e15'",
            "'1e16'",
            "'1e20'",
            "'1e-20'",
            "'-0.0'",
            "'1.7976931348623157e308'",
            "'5e-324'",
            "'0.1'",
            "'123456789012345680000'",
            """'{"a": 1, "bb": [1, 2, {"c": null}], "": "empty key", "北京": "😀"}'""",
            """'["\\"", "\\\\", "/", "\\b\\f\\n\\r\\t", "\\u0000\\u0001\\u001f", "\\u007f é"]'""",
            "JSON_ARRAY(CAST(1.50 AS DECIMAL(5,2)), CAST(12345678901234567890123456789012345678.50 AS DECIMAL(60,2)), CAST(-0.000000000000000000000000000001 AS DECIMAL(65,30)), 100000000000000000000000000)",
            "JSON_OBJECT('a\"\\\\é', JSON_ARRAY(1.10, JSON_OBJECT('x.y', 2.20)), 'plain', 1.5)",
            "CAST(CAST(7.700 AS DECIMAL(5,3)) AS JSON)",
            "JSON_ARRAY(CAST('2020-01-02' AS DATE), CAST('0000-00-00' AS DATE), CAST('-838:59:58.5' AS TIME(6)), CAST('10:11:12' AS TIME), CAST('9999-12-31 23:59:59.999999' AS DATETIME(6)), TIMESTAMP'2020-01-02 03:04:05')",
            "JSON_ARRAY(X'00ff', B'101', REPEAT(X'01020304', 100), X'', CAST(2020 AS YEAR))",
            "JSON_ARRAY(ST_GeomFromText('POINT(1 1)'), TRUE, NULL, 18446744073709551615, REPEAT('x', 200), REPEAT('y', 70000))",
            $"JSON_OBJECT({wide})",
            "CAST(CONCAT(REPEAT('[', 99), REPEAT(']', 99)) AS JSON)",
            "CAST(CONCAT('[', REPEAT('70000, ', 40000), '1, -5, 1.5, true]') AS JSON)",
        ];
    }
}
