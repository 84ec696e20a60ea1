using System.Globalization;
using Oms.Integration.Tests.Servers;
using Oms.MySql;
using Oms.MySql.Binlog;
using Oms.MySql.Packets;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A session set up as the engine's: values in their columns' own bytes, time zone +00:00, the engine's SQL mode.</summary>
internal sealed class RawSession : IAsyncDisposable
{
    private const string SqlMode = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES";

    private readonly MySqlSession _session;

    private RawSession(MySqlSession session) => _session = session;

    public static async Task<RawSession> OpenAsync(TestServer server, string database)
    {
        var session = await MySqlSession.ConnectAsync(server.SessionOptions(database), default);
        await SessionSetup.RunAsync(session, default);
        await session.ExecuteAsync(
            $"SET NAMES utf8mb4; SET character_set_results=NULL, time_zone='+00:00', sql_mode='{SqlMode}', foreign_key_checks=0"
        );
        return new RawSession(session);
    }

    public Task ExecuteAsync(string sql) => _session.ExecuteAsync(sql);

    public async Task ExecuteAsync(ReadOnlyMemory<byte> sql)
    {
        var result = await _session.StartQueryAsync(sql);
        while (await result.NextResultAsync())
            await result.SkipRowsAsync();
    }

    /// <summary>Runs statements as an application without strict mode would.</summary>
    public async Task ExecuteLaxAsync(ReadOnlyMemory<byte> sql)
    {
        await _session.ExecuteAsync("SET sql_mode='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'");
        await ExecuteAsync(sql);
        await _session.ExecuteAsync($"SET sql_mode='{SqlMode}'");
    }

    /// <summary>The rows as the server sent them.</summary>
    public async Task<List<byte[]>> RowsAsync(string sql)
    {
        var rows = new List<byte[]>();
        var result = await _session.StartQueryAsync(sql);
        while (await result.NextResultAsync())
        {
            while (await result.ReadRowAsync())
                rows.Add(result.CurrentRow.ToArray());
        }
        return rows;
    }

    public Task<List<string?[]>> StringsAsync(string sql) => _session.QueryAsync(sql);

    public async Task<List<ColumnShape>> ShapesAsync(string database, string table)
    {
        var rows = await StringsAsync(
            $"""
            SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, CHARACTER_OCTET_LENGTH, IS_NULLABLE, EXTRA
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{database}' AND TABLE_NAME = '{table}' ORDER BY ORDINAL_POSITION
            """
        );
        return [.. rows.Select(r => ColumnShape.FromInformationSchema(r[0]!, r[1]!, r[2]!, r[3], r[4], r[5], r[6]!, r[7]!))];
    }

    /// <summary>The end of the server's log.</summary>
    public async Task<BinlogPosition> LogEndAsync()
    {
        var row = (await StringsAsync(_session.Flavour == ServerFlavour.MySql ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS"))[0];
        return new BinlogPosition(row[0]!, ulong.Parse(row[1]!, CultureInfo.InvariantCulture));
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
