using System.Globalization;
using System.Text;
using Oms.MySql;
using Oms.Servers;

namespace Oms.Rows;

/// <summary>
/// ENUM's number 0 (the empty error value) can't be written in strict mode: such a row is written without it, and every warning is looked
/// at before the commit.
/// </summary>
internal static class EnumZero
{
    public static bool IsIn(TableBinding table, ReadOnlySpan<byte> row)
    {
        foreach (var ordinal in table.Enums)
        {
            if (TextRow.TryGet(row, ordinal, out var value) && value.SequenceEqual("0"u8))
                return true;
        }
        return false;
    }

    public static void BeginLenient(SqlText sql) => sql.Begin(SessionSettings.SetMode(SessionSettings.LaxMode));

    /// <summary>Asks for the warnings of the last statement.</summary>
    /// <returns>The index of the result that has them, for <see cref="Check"/>.</returns>
    public static int AddWarnings(SqlText sql)
    {
        sql.Begin("SHOW WARNINGS");
        return sql.Statements - 1;
    }

    public static void EndLenient(SqlText sql) => sql.Begin(SessionSettings.SetMode(SessionSettings.StrictMode));

    /// <exception cref="MySqlException">A warning is about something else than an ENUM.</exception>
    public static void Check(IEnumerable<ReadOnlyMemory<byte>> warnings)
    {
        foreach (var row in warnings)
        {
            TextRow.TryGet(row.Span, 1, out var code);
            TextRow.TryGet(row.Span, 2, out var message);
            // 1265: data truncated, which is how an ENUM's 0 is announced; 1287: VALUES() is deprecated (MySQL).
            if (!code.SequenceEqual("1265"u8) && !code.SequenceEqual("1287"u8))
                throw new MySqlException(int.Parse(code, CultureInfo.InvariantCulture), null, Encoding.UTF8.GetString(message));
        }
    }
}
