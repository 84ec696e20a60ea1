using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

public class QueryStatusVariablesTests
{
    // As a MySQL 9.7 and a MariaDB 11.8 wrote them.
    private const string MySql =
        "00 00000000 01 2000 A045 00000000 06 03737464 04 FF00 FF00 0800 12 FF00 10 01 11 0102030405060708 0C 01 73686F7000";
    private const string MariaDb =
        "00 00000001 01 0000205400000000 06 03737464 83 01 2D00 0009 04 2100 2E00 0800 82 04 1200000000000000 81 3B00000000000000";

    [Fact]
    public void Are_read_one_behind_the_other()
    {
        var variables = QueryStatusVariables.Parse(Bytes(MySql));
        var expected = new QueryStatusVariables
        {
            Flags2 = 0,
            SqlMode = 0x45A00020,
            ClientCollation = 255,
            ConnectionCollation = 255,
            ServerCollation = 8,
            DefaultCollationForUtf8Mb4 = 255,
            ExplicitDefaultsForTimestamp = true,
        };
        Assert.Equal(expected, variables);
    }

    [Theory]
    [InlineData("0D 40E201", 123456)]
    [InlineData("80 3F420F", 999999)]
    public void Microseconds_are_those_of_the_statements_time(string hex, int microseconds) =>
        Assert.Equal((uint)microseconds, QueryStatusVariables.Parse(Bytes(hex)).Microseconds);

    [Fact]
    public void Which_numbers_a_new_column_counts_in_is_told_where_it_is_not_each() =>
        Assert.Equal<(ushort, ushort)?>((5, 2), QueryStatusVariables.Parse(Bytes("03 0500 0200 05 03737464")).AutoIncrement);

    [Fact]
    public void Of_MariaDB_have_codes_of_their_own_in_any_order()
    {
        var variables = QueryStatusVariables.Parse(Bytes(MariaDb));
        var expected = new QueryStatusVariables
        {
            Flags2 = 0x01000000,
            SqlMode = 0x54200000,
            ClientCollation = 33,
            ConnectionCollation = 46,
            ServerCollation = 8,
            MariaDbGtidFlags = 4,
            CharacterSetCollations = variables.CharacterSetCollations,
        };
        Assert.Equal(expected, variables);
        Assert.Equal([(45, 2304)], variables.CharacterSetCollations.Select(p => ((int)p.CharacterSet, (int)p.Collation)));
    }

    [Fact]
    public void An_unknown_one_ends_the_reading_and_what_was_read_counts()
    {
        var variables = QueryStatusVariables.Parse(Bytes("01 0400000000000000 63 08 2D00"));
        Assert.Equal(4UL, variables.SqlMode);
        Assert.Null(variables.DatabaseCollation);
    }

    [Theory]
    [InlineData(MySql)]
    [InlineData(MariaDb)]
    public void Cut_anywhere_they_are_read_as_far_as_they_go(string hex)
    {
        var bytes = Bytes(hex);
        for (var length = 0; length <= bytes.Length; length++)
            Assert.NotNull(QueryStatusVariables.Parse(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void A_statement_is_read_in_the_clients_character_set()
    {
        // In GBK the second byte of this character is a backslash.
        byte[] sql = [.. "CREATE TABLE t (a ENUM('"u8, 0xD5, 0x5C, .. "'), `"u8, 0xD5, 0x60, .. "` INT)"u8];
        var query = new QueryEvent(1, 0, "shop", sql) { StatusBytes = Bytes("04 1C00 1C00 0800") };
        var state = TestCatalogue.State(TestCatalogue.MySql97);
        state.Apply(SchemaStatement.Of(query, state.Server));
        var columns = state.Find("shop", "t").Definition!.Columns;
        Assert.Equal("enum('誠')", columns[0].ColumnType);
        Assert.Equal("誤", columns[1].Name);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
