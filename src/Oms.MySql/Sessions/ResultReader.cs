using System.Text;

namespace Oms.MySql.Packets;

/// <summary>
/// The results of one command, from first to last
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html): for each statement a result with columns and
/// rows, or just an OK. An error ends them all.
/// </summary>
internal sealed class ResultReader(MySqlSession session)
{
    private const byte LocalFileHeader = 0xFB;

    private enum Place
    {
        BeforeResult,
        InRows,
        AfterResult,
        AtEnd,
    }

    private Place _place;

    /// <summary>The columns of the current result; empty when its statement returns no rows.</summary>
    public IReadOnlyList<ResultColumn> Columns { get; private set; } = [];

    /// <summary>How the current result ended; valid once its rows are read.</summary>
    public OkPacket Ok { get; private set; }

    /// <summary>Counts results from 0.</summary>
    public int StatementIndex { get; private set; } = -1;

    /// <summary>The row as text (see <see cref="TextRow"/>); valid until the next read.</summary>
    public ReadOnlyMemory<byte> CurrentRow { get; private set; }

    /// <summary>Whether nothing more will come.</summary>
    public bool IsAtEnd => _place == Place.AtEnd;

    /// <summary>Moves to the next result, over rows that are left of this one. False after the last.</summary>
    /// <exception cref="MySqlException">The statement failed, or the connection is lost.</exception>
    public async ValueTask<bool> NextResultAsync()
    {
        if (_place == Place.InRows)
            await SkipRowsAsync();
        if (_place == Place.AtEnd)
            return false;
        StatementIndex++;
        Columns = [];
        var packet = await ReadAsync();
        if (packet.IsEmpty)
            throw Break("an empty packet");
        switch (packet.Span[0])
        {
            case OkPacket.Header:
                EndResult(session.Parse(packet, static p => OkPacket.Read(p.Span)));
                return true;
            case LocalFileHeader:
                await AnswerLocalFileRequestAsync(Encoding.UTF8.GetString(packet.Span[1..]));
                return true;
        }
        var count = session.Parse(packet, static p => new PayloadReader(p.Span).LengthEncodedInteger());
        if (count is 0 or > ushort.MaxValue)
            throw Break($"a result of {count} columns");
        Columns = await ReadColumnsAsync((int)count);
        _place = Place.InRows;
        return true;
    }

    /// <summary>Moves to the next row; false at the result's end.</summary>
    public ValueTask<bool> ReadRowAsync()
    {
        if (_place != Place.InRows)
            return new(false);
        return !session.IsBroken && session.TryReadPacket(out var packet) ? new(TakeRow(packet)) : ReadRowSlowAsync();
    }

    /// <summary>Whether <see cref="ReadRowAsync"/> will have to wait for the network is not known before it is tried: tries without
    /// waiting.</summary>
    public bool TryReadRow(out bool hasRow)
    {
        hasRow = false;
        if (_place != Place.InRows)
            return true;
        if (session.IsBroken || !session.TryReadPacket(out var packet))
            return false;
        hasRow = TakeRow(packet);
        return true;
    }

    /// <summary>Reads the rest of the current result away; returns the affected rows of a statement without rows, else 0.</summary>
    public async ValueTask<long> SkipRowsAsync()
    {
        if (Columns.Count == 0)
            return Ok.AffectedRows;
        while (await ReadRowAsync()) { }
        return 0;
    }

    /// <summary>The row's values as UTF-8 text.</summary>
    public string?[] CurrentRowAsStrings()
    {
        var values = new string?[Columns.Count];
        var row = new TextRow(CurrentRow.Span);
        for (var i = 0; i < values.Length && row.TryRead(out var value, out var isNull); i++)
            values[i] = isNull ? null : Encoding.UTF8.GetString(value);
        return values;
    }

    private async ValueTask<List<ResultColumn>> ReadColumnsAsync(int count)
    {
        // Grows with what comes, not with what was announced.
        var columns = new List<ResultColumn>();
        while (columns.Count < count)
            columns.Add(session.Parse(await ReadAsync(), static p => ColumnDefinition.Read(p.Span)));
        if (!session.Capabilities.HasFlag(Capabilities.DeprecateEof))
            session.Parse(await ReadAsync(), static p => OkPacket.ReadEof(p.Span));
        return columns;
    }

    private async ValueTask<bool> ReadRowSlowAsync() => TakeRow(await session.ReadPacketAsync());

    private bool TakeRow(ReadOnlyMemory<byte> packet)
    {
        var span = packet.Span;
        if (span.IsEmpty)
            throw Break("an empty row");
        switch (span[0])
        {
            case ErrorPacket.Header:
                throw EndByError(packet);
            // A row whose first value is longer than 16 MB begins with the same byte, and is longer than any OK.
            case OkPacket.EndHeader when span.Length < PacketReader.MaxPacketPayload:
                CurrentRow = default;
                EndResult(
                    session.Capabilities.HasFlag(Capabilities.DeprecateEof)
                        ? session.Parse(packet, static p => OkPacket.Read(p.Span))
                        : session.Parse(packet, static p => OkPacket.ReadEof(p.Span))
                );
                return false;
            default:
                CurrentRow = packet;
                return true;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        var packet = await session.ReadPacketAsync();
        return ErrorPacket.IsError(packet.Span) ? throw EndByError(packet) : packet;
    }

    private void EndResult(OkPacket ok)
    {
        Ok = ok;
        _place = Place.AfterResult;
        if (!ok.Status.HasFlag(ServerStatus.MoreResults))
            End();
    }

    private MySqlException EndByError(ReadOnlyMemory<byte> packet)
    {
        End();
        return session.Parse(packet, p => ErrorPacket.Read(p.Span, Math.Max(StatementIndex, 0), session.Flavour));
    }

    private void End()
    {
        _place = Place.AtEnd;
        session.ActiveResult = null;
    }

    private MySqlException Break(string what)
    {
        session.Abort();
        return ClientError.Malformed(what);
    }

    private async Task AnswerLocalFileRequestAsync(string file)
    {
        // Data of this side stands for one name that was made up for it; a file is never given.
        var data = session.LocalData is { } local && local.Name == file ? local : null;
        if (data is not null)
            await SendDataAsync(data);
        else
            await session.WritePacketAsync(default);
        // What the server makes of it: an OK, or its error.
        EndResult(session.Parse(await ReadAsync(), static p => OkPacket.Read(p.Span)));
        if (data is not null)
            return;
        if (!IsAtEnd)
            await DrainAsync();
        throw new MySqlException(
            ClientError.LocalFileRefused,
            "HY000",
            $"The server asked for the local file '{file}', which was refused: no statement of ours has named it."
        )
        {
            StatementIndex = StatementIndex,
        };
    }

    private async Task SendDataAsync(LocalData data)
    {
        try
        {
            await data.SendAsync(session.WritePacketAsync);
        }
        catch
        {
            // The server would take what it has for the whole.
            session.Abort();
            throw;
        }
        await session.WritePacketAsync(default);
    }

    /// <summary>Reads all that is left away.</summary>
    public async Task DrainAsync()
    {
        while (await NextResultAsync())
            await SkipRowsAsync();
    }
}
