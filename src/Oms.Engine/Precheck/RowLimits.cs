using System.Globalization;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>
/// What the source's rows hold that the destination may not take: rows too long for its packets, times too late for its TIMESTAMP. The
/// tables that may have such are looked through, within a limit of time.
/// </summary>
internal static class RowLimits
{
    // Behind it, rows are said to be not known.
    private const int Seconds = 10;

    /// <summary>The last second that a TIMESTAMP of 32 bits has.</summary>
    private const string LastTimestamp = "2038-01-19 03:14:07";

    /// <summary>Rows that fit into no statement to the destination: a value can double its length when it is written.</summary>
    public static async Task<Finding?> LongRowsAsync(
        Project project,
        RowSession source,
        IEnumerable<TableSchema> tables,
        long packet,
        CancellationToken cancellationToken
    )
    {
        const string name = "DB_TABLE_LOB_SIZE";
        // The statement around the row, and the mark row in front of it.
        var room = packet - (64 << 10);
        List<string> tooLong = [],
            doubtful = [];
        // A type that no row is carried with is an item of its own.
        foreach (var table in tables.Where(t => t.Columns.All(TableRules.IsSupported)))
        {
            var large = table
                .Columns.Where(c =>
                    !c.IsGenerated
                    && (c.OctetLength ?? (c.LiteralKind is LiteralKind.Json or LiteralKind.Geometry ? long.MaxValue : 0)) > room / 16
                )
                .ToList();
            if (large.Count == 0)
                continue;
            var length = string.Join(" + ", large.Select(c => $"COALESCE(LENGTH({TableName.Quote(c.Name)}), 0)"));
            var found = await AskAsync(source, $"MAX({length}) FROM {table.Name.Sql}", cancellationToken);
            if (found is null)
                doubtful.Add($"{table.Name} was not looked through within {Seconds} s");
            else if (long.TryParse(found, NumberStyles.None, CultureInfo.InvariantCulture, out var longest) && longest > room / 2)
                (longest > room ? tooLong : doubtful).Add(
                    string.Create(CultureInfo.InvariantCulture, $"{table.Name} has a row of {longest} bytes")
                );
        }
        if (tooLong.Count + doubtful.Count == 0)
            return null;
        var detail = string.Create(
            CultureInfo.InvariantCulture,
            $"max_allowed_packet is {packet} at the destination, where a row is written by one statement, in which some bytes take two: {string.Join("; ", tooLong.Concat(doubtful))}."
        );
        const string remedy = "SET GLOBAL max_allowed_packet = 1073741824 at the destination, and in its option file.";
        return tooLong.Count > 0
            ? Finding.Failed(name, project.Destination, detail, remedy)
            : Finding.Warning(name, project.Destination, detail, remedy);
    }

    /// <summary>Times that only a TIMESTAMP of 64 bits has (MariaDB from 11.5), when the destination's has 32.</summary>
    public static async Task<Finding?> LateTimestampsAsync(
        Project project,
        RowSession source,
        IEnumerable<TableSchema> tables,
        CancellationToken cancellationToken
    )
    {
        const string name = "DB_DATA_TYPE";
        List<string> late = [],
            doubtful = [];
        foreach (var table in tables)
        {
            var columns = table
                .Columns.Where(c => c.DataType == "timestamp" && !c.IsGenerated)
                .Select(c => TableName.Quote(c.Name))
                .ToList();
            if (columns.Count == 0)
                continue;
            var found = await AskAsync(
                source,
                $"COUNT(*) FROM (SELECT 1 FROM {table.Name.Sql} WHERE {string.Join(" OR ", columns.Select(c => $"{c} >= TIMESTAMP'2038-01-19 03:14:08'"))} LIMIT 1) late",
                cancellationToken
            );
            if (found != "0")
                (found is null ? doubtful : late).Add(
                    found is null ? $"{table.Name} was not looked through within {Seconds} s" : $"{table.Name} has later ones"
                );
        }
        if (late.Count + doubtful.Count == 0)
            return null;
        var detail = $"A TIMESTAMP ends at {LastTimestamp} UTC at the destination: {string.Join("; ", late.Concat(doubtful))}.";
        const string remedy =
            "Make the columns DATETIME at both ends, use a destination whose TIMESTAMP has 64 bits (MariaDB 11.5 or later), or exclude the table from the project.";
        return late.Count > 0
            ? Finding.Failed(name, project.Destination, detail, remedy)
            : Finding.Warning(name, project.Destination, detail, remedy);
    }

    /// <summary>A value that takes a look at a whole table; null when it took too long.</summary>
    private static async Task<string?> AskAsync(RowSession source, string select, CancellationToken cancellationToken)
    {
        var sql = source.Flavour switch
        {
            ServerFlavour.MariaDb => string.Create(
                CultureInfo.InvariantCulture,
                $"SET STATEMENT max_statement_time = {Seconds}, time_zone = '+00:00' FOR SELECT {select}"
            ),
            ServerFlavour.OceanBase => string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT /*+ QUERY_TIMEOUT({Seconds * 1_000_000}) */ {select}"
            ),
            _ => string.Create(CultureInfo.InvariantCulture, $"SELECT /*+ MAX_EXECUTION_TIME({Seconds * 1000}) */ {select}"),
        };
        try
        {
            return (await source.QueryRowAsync(sql, cancellationToken))?[0] ?? "0";
        }
        catch (MySqlException e)
            when (e.Number
                    is ErrorNumber.StatementTimeout
                        or ErrorNumber.QueryTimeout
                        or ErrorNumber.ObTimeout
                        or ErrorNumber.QueryInterrupted
            )
        {
            return null;
        }
        catch (MySqlException e)
            when (e.Number
                    is ErrorNumber.TableAccessDenied
                        or ErrorNumber.ColumnAccessDenied
                        or ErrorNumber.NoSuchTable
                        or ErrorNumber.BadField
            )
        {
            // A right that an item of its own asks for, or a table that has changed meanwhile.
            return "0";
        }
    }
}
