using System.Globalization;
using System.Text;
using MySqlConnector;
using Oms.MySql;
using MySqlException = MySqlConnector.MySqlException;

namespace Oms.Integration.Tests.Servers;

/// <summary>
/// How tests talk to servers: by MySqlConnector, which shares no code with the sessions that they test. Its connections are set up here and
/// nowhere else; values are read as the text that a server's own client prints.
/// </summary>
public static class TestClient
{
    /// <summary>The options of a test's connection: nothing is pooled (a test may kill the server between two calls), statements take what
    /// time they take, values are what the server has.</summary>
    public static MySqlConnectionStringBuilder Options(string connectionString) =>
        new(connectionString)
        {
            Pooling = false,
            DefaultCommandTimeout = 0,
            AllowUserVariables = true,
            AllowZeroDateTime = true,
            TreatTinyAsBoolean = false,
            GuidFormat = MySqlGuidFormat.None,
        };

    public static Task<MySqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken = default) =>
        OpenAsync(Options(connectionString), cancellationToken);

    public static async Task<MySqlConnection> OpenAsync(MySqlConnectionStringBuilder options, CancellationToken cancellationToken = default)
    {
        var connection = new MySqlConnection(options.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs statements, one after another; returns the rows that they affected.</summary>
    public static async Task<long> ExecuteAsync(this MySqlConnection connection, string sql, CancellationToken cancellationToken = default)
    {
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The rows of all results of one or more statements.</summary>
    public static async Task<List<string?[]>> QueryRowsAsync(
        this MySqlConnection connection,
        string sql,
        CancellationToken cancellationToken = default
    )
    {
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string?[]> rows = [];
        do
        {
            var columns = reader.FieldCount == 0 ? [] : await reader.GetColumnSchemaAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add([.. columns.Select((column, i) => reader.IsDBNull(i) ? null : Text(reader, i, column))]);
        } while (await reader.NextResultAsync(cancellationToken));
        return rows;
    }

    /// <summary>The first row; null when there is none.</summary>
    public static async Task<string?[]?> QueryRowAsync(
        this MySqlConnection connection,
        string sql,
        CancellationToken cancellationToken = default
    ) => await connection.QueryRowsAsync(sql, cancellationToken) is [var first, ..] ? first : null;

    /// <summary>The first row's values, joined by bars.</summary>
    public static async Task<string?> TextAsync(
        this MySqlConnection connection,
        string sql,
        CancellationToken cancellationToken = default
    ) => await connection.QueryRowAsync(sql, cancellationToken) is { } row ? string.Join('|', row.Select(v => v ?? "NULL")) : null;

    /// <summary>Whether the server was away, went away or ended the session, so that another connection will do.</summary>
    public static bool IsServerGone(this MySqlException error) =>
        SqlFault.Of(error)
            is { IsLost: true }
                or { Number: ErrorNumber.HostConnection or ErrorNumber.ConnectionCount or ErrorNumber.QueryInterrupted };

    private static string Text(MySqlDataReader reader, int ordinal, System.Data.Common.DbColumn column) =>
        reader.GetFieldType(ordinal) == typeof(decimal)
            ? reader.GetMySqlDecimal(ordinal).ToString()
            : reader.GetValue(ordinal) switch
            {
                string text => text,
                byte[] bytes => Text(bytes),
                MySqlDateTime time => Text(time, column),
                TimeSpan time => Text(time, Decimals(column, "-838:59:59".Length)),
                float number => Text(number.ToString("R", CultureInfo.InvariantCulture)),
                double number => Text(number.ToString("R", CultureInfo.InvariantCulture)),
                int year when column.DataTypeName == "YEAR" => year.ToString("0000", CultureInfo.InvariantCulture),
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                var other => throw new NotSupportedException($"No text for {other.GetType()} ({column.DataTypeName})."),
            };

    /// <summary>Bytes that are text, else their hexadecimal digits.</summary>
    private static string Text(byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return $"0x{Convert.ToHexString(bytes)}";
        }
    }

    private static string Text(string number) =>
        number.Replace("E+", "e", StringComparison.Ordinal).Replace("E-0", "e-", StringComparison.Ordinal).Replace('E', 'e');

    private static string Text(MySqlDateTime time, System.Data.Common.DbColumn column)
    {
        var date = string.Create(CultureInfo.InvariantCulture, $"{time.Year:0000}-{time.Month:00}-{time.Day:00}");
        return column.DataTypeName == "DATE"
            ? date
            : date
                + string.Create(CultureInfo.InvariantCulture, $" {time.Hour:00}:{time.Minute:00}:{time.Second:00}")
                + Fraction(time.Microsecond, Decimals(column, "2000-01-01 00:00:00".Length));
    }

    private static string Text(TimeSpan time, int decimals) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(time < TimeSpan.Zero ? "-" : "")}{(long)time.Duration().TotalHours:00}:{time.Duration():mm\\:ss}"
        ) + Fraction((int)(time.Duration().Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond), decimals);

    // What is longer than without a fraction is its point and digits.
    private static int Decimals(System.Data.Common.DbColumn column, int lengthWithout) =>
        Math.Max(0, column.ColumnSize.GetValueOrDefault() - lengthWithout - 1);

    private static string Fraction(int microseconds, int decimals) =>
        decimals == 0 ? "" : "." + microseconds.ToString("000000", CultureInfo.InvariantCulture)[..Math.Min(decimals, 6)];
}
