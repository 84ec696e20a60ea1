using Oms.MySql.Ddl;

namespace Oms.MySql.Tests.Schema;

public class ShownStatementTests
{
    [Theory]
    [InlineData(
        "CREATE TABLE t (id INT) ENGINE=FEDERATED CONNECTION='mysql://u:secret@h/d/t'",
        "CREATE TABLE t (id INT) ENGINE=FEDERATED CONNECTION='***'"
    )]
    [InlineData("ALTER TABLE t CONNECTION 'it''s \\' secret' , COMMENT 'kept'", "ALTER TABLE t CONNECTION '***' , COMMENT 'kept'")]
    [InlineData(
        "CREATE TABLE t (id INT) COMMENT=\"wrapper 'mysql', password 'secret'\"",
        "CREATE TABLE t (id INT) COMMENT=\"wrapper 'mysql', password '***'\""
    )]
    [InlineData(
        "CREATE TABLE t (id INT) COMMENT='user \"u\", password \"secret\"'",
        "CREATE TABLE t (id INT) COMMENT='user \"u\", password '***''"
    )]
    [InlineData("CREATE TABLE t (password VARCHAR(10) DEFAULT 'x')", "CREATE TABLE t (password VARCHAR(10) DEFAULT 'x')")]
    [InlineData("SET PASSWORD = 'secret", "SET PASSWORD = '***'")]
    public void Passwords_in_table_options_are_not_shown(string sql, string expected) => Assert.Equal(expected, ShownStatement.Of(sql));

    [Fact]
    public void A_long_statement_is_cut() => Assert.Equal("ALTER…", ShownStatement.Of("ALTER TABLE t ADD c INT", 5));
}
