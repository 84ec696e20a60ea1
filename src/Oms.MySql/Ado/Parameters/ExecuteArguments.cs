using System.Buffers.Binary;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>What an execution of a prepared statement tells the server
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html).</summary>
internal static class ExecuteArguments
{
    private const int HeaderSize = 9;

    /// <summary>Writes the command without its first byte. Values are sent with each execution, types too: a value may be of another type
    /// than the last.</summary>
    public static void Write(PooledBuffer output, uint statement, IReadOnlyList<MySqlParameter> parameters, ValueOptions options)
    {
        var bitmapSize = (parameters.Count + 7) / 8;
        var size = parameters.Count == 0 ? HeaderSize : HeaderSize + bitmapSize + 1 + 2 * parameters.Count;
        output.GetSpan(size)[..size].Clear();
        output.Advance(size);
        BinaryPrimitives.WriteUInt32LittleEndian(output.WrittenSpan, statement);
        output.WrittenSpan[5] = 1; // executions, always one
        if (parameters.Count == 0)
            return;
        output.WrittenSpan[HeaderSize + bitmapSize] = 1; // types follow
        for (var i = 0; i < parameters.Count; i++)
        {
            var type = ParameterValue.Write(output, parameters[i], options);
            if (type == (ushort)ColumnType.Null)
                output.WrittenSpan[HeaderSize + i / 8] |= (byte)(1 << i % 8);
            BinaryPrimitives.WriteUInt16LittleEndian(output.WrittenSpan[(HeaderSize + bitmapSize + 1 + 2 * i)..], type);
        }
    }
}
