using Xunit;

namespace Oms.MySql.Tests.Ado;

public class PreparedTextTests
{
    [Theory]
    [InlineData("SELECT @a", "SELECT ?", "a")]
    [InlineData("SELECT @A, '@b', @b, @A", "SELECT ?, '@b', ?, ?", "A,b,A")]
    [InlineData("SELECT ?, @a, ? -- ?", "SELECT ?, ?, ? -- ?", ",a,")]
    [InlineData("SELECT ';' ; ", "SELECT ';' ", null)]
    [InlineData("SELECT 1; /* done */ -- yes\n;", "SELECT 1", null)]
    [InlineData("GRANT SELECT ON x.* TO u@localhost", "GRANT SELECT ON x.* TO u@localhost", null)]
    [InlineData("SELECT @@version, @a", "SELECT @@version, ?", "a")]
    public void Placeholders_become_question_marks(string sql, string expected, string? names)
    {
        var text = PreparedText.Of(sql, new MySqlParameterCollection(), noBackslashEscapes: false, allowUserVariables: false);
        Assert.Equal(expected, text?.Sql);
        Assert.Equal(names?.Split(',').Select(n => n.Length == 0 ? null : n) ?? [], text!.Names);
    }

    [Theory]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELECT 1;;SELECT 2")]
    [InlineData("SELECT 1; /*! SELECT 2 */")]
    [InlineData("CREATE PROCEDURE p() BEGIN SELECT 1; END")]
    public void Several_statements_are_not_prepared(string sql) =>
        Assert.Null(PreparedText.Of(sql, new MySqlParameterCollection(), noBackslashEscapes: false, allowUserVariables: false));

    [Fact]
    public void A_user_variable_stays_where_it_is_allowed_and_no_parameter_has_its_name()
    {
        var parameters = new MySqlParameterCollection();
        parameters.AddWithValue("@p", 1);
        Assert.Equal(["p", null], PreparedText.Of("SELECT ?p, ?v", parameters, noBackslashEscapes: false, allowUserVariables: true)!.Names);
        var text = PreparedText.Of("SELECT @v := @p", parameters, noBackslashEscapes: false, allowUserVariables: true);
        Assert.Equal("SELECT @v := ?", text?.Sql);
        Assert.Equal(["p"], text!.Names);
    }

    [Fact]
    public void Arguments_come_in_the_order_of_the_placeholders()
    {
        var parameters = new MySqlParameterCollection();
        parameters.AddWithValue("@b", 2);
        parameters.AddWithValue("a", 1);
        var text = PreparedText.Of("SELECT @A, @b, ?, @a, ?", parameters, noBackslashEscapes: false, allowUserVariables: false)!;
        Assert.Equal([1, 2, 2, 1, 1], text.Arguments(parameters).Select(p => p.Value));
        parameters.RemoveAt(0);
        Assert.Contains("'@b'", Assert.Throws<InvalidOperationException>(() => text.Arguments(parameters).ToList()).Message);
    }
}
