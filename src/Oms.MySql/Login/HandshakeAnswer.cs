using System.Buffers;
using System.Buffers.Binary;
using System.Reflection;
using System.Text;

namespace Oms.MySql.Packets;

/// <summary>Handshake Response 41
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html).</summary>
internal static class HandshakeAnswer
{
    /// <summary>utf8mb4_general_ci: a number that every version knows as utf8mb4.</summary>
    private const byte Utf8mb4 = 45;

    private const uint MaxPacket = 0x40000000;

    /// <summary>What this side wants of what the server offers. LOAD DATA LOCAL may always be asked for; which file is served, if any, is
    /// decided when it is.</summary>
    public static Capabilities Wanted(SessionOptions options, Capabilities offered)
    {
        var wanted =
            Capabilities.LongPassword
            | Capabilities.LongFlag
            | Capabilities.FoundRows
            | Capabilities.Protocol41
            | Capabilities.Transactions
            | Capabilities.SecureConnection
            | Capabilities.MultiResults
            | Capabilities.LocalFiles
            | offered
                & (
                    Capabilities.PluginAuth
                    | Capabilities.PluginAuthLengthEncoded
                    | Capabilities.ConnectAttributes
                    | Capabilities.DeprecateEof
                );
        if (options.AllowBatch)
            wanted |= Capabilities.MultiStatements;
        if (options.Database.Length > 0)
            wanted |= Capabilities.ConnectWithDatabase;
        return wanted;
    }

    /// <summary>The part that is sent in clear to ask for TLS; also the beginning of the whole.</summary>
    public static byte[] TlsRequest(Capabilities capabilities)
    {
        var bytes = new byte[32];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)capabilities);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), MaxPacket);
        bytes[8] = Utf8mb4;
        return bytes;
    }

    public static byte[] Build(SessionOptions options, Capabilities capabilities, string plugin, ReadOnlySpan<byte> authentication)
    {
        var output = new ArrayBufferWriter<byte>(256);
        output.Write(TlsRequest(capabilities));
        WriteTerminated(output, options.UserID);
        if (capabilities.HasFlag(Capabilities.PluginAuthLengthEncoded))
        {
            TextRow.Append(output, authentication);
        }
        else
        {
            output.Write([(byte)authentication.Length]);
            output.Write(authentication);
        }
        if (capabilities.HasFlag(Capabilities.ConnectWithDatabase))
            WriteTerminated(output, options.Database);
        if (capabilities.HasFlag(Capabilities.PluginAuth))
            WriteTerminated(output, plugin);
        if (capabilities.HasFlag(Capabilities.ConnectAttributes))
            TextRow.Append(output, Attributes(options));
        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlySpan<byte> Attributes(SessionOptions options)
    {
        var program = options.ApplicationName.Length > 0 ? options.ApplicationName : Assembly.GetEntryAssembly()?.GetName().Name ?? "Oms";
        var output = new ArrayBufferWriter<byte>(128);
        foreach (
            var (name, value) in new[]
            {
                ("_client_name", "Oms.MySql"),
                ("_pid", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ("program_name", program),
            }
        )
        {
            TextRow.Append(output, Encoding.UTF8.GetBytes(name));
            TextRow.Append(output, Encoding.UTF8.GetBytes(value));
        }
        return output.WrittenSpan;
    }

    private static void WriteTerminated(ArrayBufferWriter<byte> output, string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A user name, database or plugin can't hold a NUL character.");
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Write([(byte)0]);
    }
}
