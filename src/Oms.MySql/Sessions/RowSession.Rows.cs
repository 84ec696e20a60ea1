using System.Buffers;
using System.Globalization;
using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql;

// Writing of text rows. The session is one that reads and writes raw rows: time zone +00:00, and a strict SQL mode unless values are meant
// to be changed.
public sealed partial class RowSession
{
    private const int StatementBytes = 1 << 20,
        PartBytes = 256 << 10,
        AsideBytes = 16 << 20;

    // Room for the command's byte and one to spare.
    private const int PacketSlack = 16;

    private bool HasNoBackslashEscapes => Session.Status.HasFlag(ServerStatus.NoBackslashEscapes);

    /// <summary>Writes rows by INSERTs of about a megabyte, at most <c>max_allowed_packet</c>. Not atomic by itself: run it in a
    /// transaction.</summary>
    /// <param name="table">The table as SQL, quoted: <c>`shop`.`orders`</c>.</param>
    /// <param name="columns">What is written, in the order of the rows' first values.</param>
    /// <param name="rows">Text rows (see <see cref="TextRow"/>); each must stay valid until the next is asked for.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="MySqlException">A statement failed; rows before it may be written. 2020: a row does not fit into
    /// <c>max_allowed_packet</c>.</exception>
    /// <exception cref="FormatException">A row is none of these columns.</exception>
    public async Task<long> InsertRowsAsync(
        string table,
        IReadOnlyList<ColumnShape> columns,
        IAsyncEnumerable<ReadOnlyMemory<byte>> rows,
        CancellationToken cancellationToken = default
    )
    {
        var insert = new RowInsert(table, columns, HasNoBackslashEscapes);
        var (sql, tuple) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        var limit = Math.Min(StatementBytes, MaxAllowedPacket - PacketSlack);
        long written = 0,
            pending = 0;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            tuple.ResetWrittenCount();
            insert.AppendTuple(tuple, row.Span);
            if (pending > 0 && sql.WrittenCount + 1 + tuple.WrittenCount > limit)
            {
                await InsertAsync();
                sql.ResetWrittenCount();
                pending = 0;
            }
            if (pending == 0)
            {
                sql.Write("INSERT"u8);
                sql.Write(insert.Into.Span);
            }
            else
            {
                sql.Write(","u8);
            }
            sql.Write(tuple.WrittenSpan);
            pending++;
        }
        if (pending > 0)
            await InsertAsync();
        return written;

        async Task InsertAsync()
        {
            var affected = (await ExecuteBatchAsync(sql.WrittenMemory, cancellationToken))[0].AffectedRows;
            if (affected != pending)
                throw Lost(table, pending, affected, "");
            written += pending;
        }
    }

    /// <summary>
    /// Writes rows by LOAD DATA LOCAL, streamed from memory. With LOCAL a server goes on over a row that it refuses or a value that it
    /// changes; here both are errors. The few rows that the statement can't carry exactly (DECIMALs in JSON) are written by INSERT in
    /// between. Not atomic by itself: run it in a transaction, and roll back when it fails. No time limit applies.
    /// </summary>
    /// <param name="table">The table as SQL, quoted: <c>`shop`.`orders`</c>.</param>
    /// <param name="columns">What is written, in the order of the rows' first values.</param>
    /// <param name="rows">Text rows (see <see cref="TextRow"/>); each must stay valid until the next is asked for. If it throws, the
    /// connection is closed.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="MySqlException">The statement failed (3948, 1148: the server has <c>local_infile=OFF</c>), or not every row was
    /// written as it is.</exception>
    /// <exception cref="FormatException">A row is none of these columns; the connection is closed.</exception>
    public async Task<long> LoadRowsAsync(
        string table,
        IReadOnlyList<ColumnShape> columns,
        IAsyncEnumerable<ReadOnlyMemory<byte>> rows,
        CancellationToken cancellationToken = default
    )
    {
        var written = 0L;
        await using var source = rows.GetAsyncEnumerator(cancellationToken);
        for (var isAtEnd = false; !isAtEnd; )
        {
            var load = new RowLoad(table, columns);
            var sent = 0L;
            var asideBytes = 0;
            List<ReadOnlyMemory<byte>> aside = [];
            await LoadAsync(
                load,
                async send =>
                {
                    var part = new ArrayBufferWriter<byte>(PartBytes);
                    while (asideBytes < AsideBytes && !(isAtEnd = !await source.MoveNextAsync()))
                    {
                        if (!load.CanCarry(source.Current.Span))
                        {
                            aside.Add(source.Current.ToArray());
                            asideBytes += source.Current.Length;
                            continue;
                        }
                        load.AppendLine(part, source.Current.Span);
                        sent++;
                        if (part.WrittenCount >= PartBytes)
                            await FlushAsync(part, send);
                    }
                    await FlushAsync(part, send);
                },
                () => sent,
                table,
                cancellationToken
            );
            written += sent + await InsertRowsAsync(table, columns, aside.ToAsyncEnumerable(), cancellationToken);
        }
        return written;
    }

    private async Task LoadAsync(
        RowLoad load,
        Func<Func<ReadOnlyMemory<byte>, ValueTask>, Task> send,
        Func<long> rows,
        string table,
        CancellationToken cancellationToken
    )
    {
        OkPacket ok;
        Session.LocalData = new LocalData(load.FileName, send);
        try
        {
            var query = await SendAsync(Encoding.UTF8.GetBytes(load.Statement), TimeSpan.Zero, cancellationToken);
            await query.NextResultAsync(cancellationToken);
            ok = query.Result.Ok;
        }
        finally
        {
            Session.LocalData = null;
        }
        if (ok.AffectedRows == rows() && ok.Warnings == 0)
            return;
        var warnings = ok.Warnings == 0 ? [] : await QueryRowsAsync("SHOW WARNINGS LIMIT 3", cancellationToken);
        throw Lost(table, rows(), ok.AffectedRows, string.Concat(warnings.Select(w => $" {w[2]}.")));
    }

    private async Task FlushAsync(ArrayBufferWriter<byte> part, Func<ReadOnlyMemory<byte>, ValueTask> send)
    {
        var limit = (int)Math.Min(PartBytes, MaxAllowedPacket - PacketSlack);
        for (var rest = part.WrittenMemory; !rest.IsEmpty; rest = rest[Math.Min(limit, rest.Length)..])
            await send(rest[..Math.Min(limit, rest.Length)]);
        part.ResetWrittenCount();
    }

    private static MySqlException Lost(string table, long sent, long written, string warnings) =>
        new(
            ClientError.Unknown,
            "HY000",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Of {sent} rows for {table} the server wrote {written} as they are.{warnings} Roll the transaction back: rows exist already, or values do not fit their columns."
            )
        );
}
