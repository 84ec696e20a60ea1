using System.Text;
using Oms.MySql.Protocol;
using Xunit;

namespace Oms.MySql.Tests.Ado;

public class BatchTextTests
{
    [Fact]
    public void Commands_are_joined_so_that_none_swallows_the_next() =>
        Assert.Equal("SELECT 1 -- x\n;\nSELECT ';' \n;\nSELECT 2", Write("SELECT 1 -- x", "SELECT ';' ; ", "SELECT 2;"));

    [Theory]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData(" ; -- nothing")]
    [InlineData("")]
    public void A_command_is_one_statement(string sql) =>
        Assert.Contains("Command 1", Assert.Throws<InvalidOperationException>(() => Write("SELECT 1", sql)).Message);

    [Fact]
    public void A_routine_has_semicolons_of_its_own() =>
        Assert.Equal(
            "/* x */ CREATE PROCEDURE p() BEGIN SELECT 1; END\n;\nCALL p()",
            Write("/* x */ CREATE PROCEDURE p() BEGIN SELECT 1; END;", "CALL p()")
        );

    [Theory]
    [InlineData(" call p()", true)]
    [InlineData("-- x\nCALL`p`()", true)]
    [InlineData("SELECT call_it()", false)]
    [InlineData("CALLER", false)]
    public void A_call_is_known_by_its_first_word(string sql, bool isCall) => Assert.Equal(isCall, BatchText.IsCall(sql));

    private static string Write(params string[] commands)
    {
        using var output = new PooledBuffer();
        BatchText.Write(output, [.. commands.Select(c => new MySqlBatchCommand(c))], false, false, ValueOptions.Default);
        return Encoding.UTF8.GetString(output.WrittenMemory.Span);
    }
}
