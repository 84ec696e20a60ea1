using System.Globalization;
using System.Threading.Channels;
using Oms.KeyRanges;
using Oms.MySql;
using Oms.Servers;

namespace Oms.FullImport;

/// <summary>Reads ranges in key order and fills chunks. Each SELECT is bounded, streams, and waits at the socket while no chunk is
/// free.</summary>
internal sealed class ChunkReader(SessionOptions server, ImportOptions options, long batchLimit) : IAsyncDisposable
{
    private const int ReadBytes = 16 << 20;

    private readonly ReaderSession _session = new(server);

    /// <summary>Reads a range to its end.</summary>
    /// <param name="free">Where empty chunks come from.</param>
    /// <param name="full">Where filled ones go, the range's last one marked.</param>
    public async Task ReadAsync(RangeCopy range, ChannelReader<Chunk> free, ChannelWriter<Chunk> full, CancellationToken cancellationToken)
    {
        var limit = options.ReadRows;
        var failures = 0;
        var chunks = await ChunkFiller.BeginAsync(range, options, batchLimit, free, full, cancellationToken);
        for (var atEnd = false; !atEnd; )
        {
            var rows = 0;
            var bytes = 0L;
            try
            {
                await using var stream = await (await _session.OpenAsync(cancellationToken)).QueryTextRowsAsync(
                    SelectSql(range, chunks.After, limit),
                    cancellationToken
                );
                while (await stream.ReadAsync(cancellationToken))
                {
                    await chunks.AddAsync(stream.Current, cancellationToken);
                    rows++;
                    bytes += stream.Current.Length;
                }

                atEnd = rows < limit;
                failures = 0;
            }
            catch (MySqlException e) when (Backoff.Helps(e) && ++failures < Backoff.Attempts)
            {
                await _session.CloseAsync();
                await Task.Delay(Backoff.After(failures), cancellationToken);
            }
            catch (MySqlException e)
            {
                throw ImportError.Reading(range.Table, e);
            }

            if (rows > 0)
                limit = (int)Math.Clamp(ReadBytes * (long)rows / Math.Max(bytes, 1), Math.Min(100, options.ReadRows), options.ReadRows);
        }
        await chunks.EndAsync(cancellationToken);
    }

    internal static string SelectSql(RangeCopy range, byte[]? after, int limit) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{range.Table.SelectFrom}{range.Table.Key.Where(range.Rows with { After = after }, range.Table.Filter)} ORDER BY {range.Table.Key.OrderBy} LIMIT {limit}"
        );

    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
