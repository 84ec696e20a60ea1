using System.Buffers;

namespace Oms.Benchmarks.Wire;

/// <summary>The program beside mysqlbinlog: reads a log, verifies its checksums, writes every row to the standard output.</summary>
internal static class DecodeProgram
{
    private const int PartSize = 64 * 1024;

    public static int Run(string path)
    {
        using var log = new LogFile(path);
        using var output = Console.OpenStandardOutput();
        var decoder = new LogDecoder();
        var rows = new ArrayBufferWriter<byte>(2 * PartSize);
        while (log.TryRead(out var bytes))
        {
            decoder.Decode(bytes, rows);
            if (rows.WrittenCount < PartSize)
                continue;
            output.Write(rows.WrittenSpan);
            rows.ResetWrittenCount();
        }
        output.Write(rows.WrittenSpan);
        Console.Error.WriteLine($"{decoder.Rows} rows");
        return 0;
    }
}
