using Oms.Changes;
using Oms.MySql.Binlog;
using Oms.Servers;
using Oms.Store;

namespace Oms.Engine.Tests.Changes;

/// <summary>What real servers logged comes to the rows that they held, however the log is cut into batches.</summary>
public sealed class RecordedLogReadingTests
{
    /// <summary>The logs, and of those that change tables under way the tables that stay as they are.</summary>
    private static readonly (string Log, string[]? Tables)[] s_logs =
    [
        ("mysql-compressed", null),
        ("mysql-partial-json", null),
        ("mysql-compressed-partial-json", null),
        ("mysql-tagged-gtids", null),
        ("mysql-anonymous", null),
        ("mysql-xa", null),
        ("mysql-ddl", ["d.a", "d.log", "d.p", "d.c"]),
        ("mariadb-compressed", null),
        ("mariadb-xa", null),
        ("mariadb-ddl", ["d.a", "d.log", "d.p", "d.c"]),
        ("mariadb118-full-metadata", ["d.a", "d.log", "d.p", "d.c"]),
    ];

    private static readonly (string Name, ReaderOptions Options)[] s_batches =
    [
        ("large", Options()),
        ("a transaction each", Options() with { MaxTransactions = 1 }),
        ("parts of transactions", Options() with { MaxBytes = 1 }),
        ("throttled by rows", Options() with { RowsAtOnce = 1 }),
        ("throttled by bytes", Options() with { BytesAtOnce = 1 }),
        ("replayed", Options() with { IdempotentUntil = new BinlogPosition("z.999999", 4) }),
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var (log, _) in s_logs)
            foreach (var (batches, _) in s_batches)
                cases.Add(log, batches);
            return cases;
        }
    }

    private static ReaderOptions Options() =>
        new()
        {
            Link = "link",
            MarkDatabase = "oms",
            RelayOrigins = new HashSet<string>(),
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_recorded_log_comes_to_the_rows_that_the_server_held(string log, string batches)
    {
        using var source = new RecordedSource(log);
        var names = s_logs.First(l => l.Log == log).Tables ?? [.. source.Rows.Select(r => r.Key)];
        var tables = names.Select(n => n.Split('.')).Select(n => new TableName(n[0], n[1])).ToDictionary(n => n, source.Bind);
        using var events = new LogReader(source.Store, source.Start);
        using var reader = new TransactionReader(
            events,
            tables,
            s_batches.First(b => b.Name == batches).Options with
            {
                History = source.History,
            }
        );
        var rows = names.ToDictionary(n => n, _ => new HashSet<string>());
        var (transactions, skipped) = (0, 0);
        for (var more = true; more; )
        {
            var batch = new ChangeBatch();
            more = reader.Fill(batch);
            Assert.Equal(batches == "parts of transactions" && batch.EndsInTransaction, batch.EndsInTransaction);
            Assert.Equal(batches == "replayed", batch.Idempotent);
            Assert.Null(batch.Origin);
            Assert.All(
                batch.Changes,
                c => Assert.InRange(c.Transaction, 0, batch.EndsInTransaction ? batch.Transactions : batch.Transactions - 1)
            );
            if (batches == "a transaction each")
                Assert.InRange(batch.Transactions + batch.Skipped, 0, 1);
            Apply(batch, rows);
            (transactions, skipped) = (transactions + batch.Transactions, skipped + batch.Skipped);
        }

        Assert.False(reader.IsInTransaction);
        Assert.Equal(source.Store.End, reader.Position);
        Assert.True(transactions > 0 && skipped > 0);
        foreach (var name in names)
            Assert.Equal(source.Rows[name].Order(), rows[name].Order());
    }

    private static void Apply(ChangeBatch batch, Dictionary<string, HashSet<string>> tables)
    {
        foreach (var change in batch.Changes)
        {
            var rows = tables[change.Table.Pair.Source.Name.ToString()];
            if (change.Kind != RowsKind.Insert)
                Assert.True(rows.Remove(Convert.ToHexString(batch.Row(change.Before))));
            if (change.Kind != RowsKind.Delete)
                Assert.True(rows.Add(Convert.ToHexString(batch.Row(change.After))));
        }
    }
}
