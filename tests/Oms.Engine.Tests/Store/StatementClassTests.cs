using Oms.Store;

namespace Oms.Engine.Tests.Store;

public sealed class StatementClassTests
{
    [Theory]
    [InlineData("BEGIN", "Begin")]
    [InlineData("START TRANSACTION", "Begin")]
    [InlineData("COMMIT", "Commit")]
    [InlineData("ROLLBACK", "Rollback")]
    [InlineData("ROLLBACK TO `s`", "Dml")]
    [InlineData("SAVEPOINT `s`", "Savepoint")]
    [InlineData("/* app */ insert into t values (1)", "Dml")]
    [InlineData("UPDATE t SET a = 1", "Dml")]
    [InlineData("CREATE TABLE t (a int)", "Ddl")]
    [InlineData("TRUNCATE t", "Ddl")]
    public void The_first_words_tell_what_a_statement_means_for_its_transaction(string sql, string kind) =>
        Assert.Equal(kind, StatementClass.Of(System.Text.Encoding.UTF8.GetBytes(sql)).ToString());
}
