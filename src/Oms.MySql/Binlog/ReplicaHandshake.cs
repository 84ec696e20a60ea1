using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Oms.MySql.Packets;

namespace Oms.MySql.Binlog;

/// <summary>What a replica says before the log flows: settings as user variables, its registration, and from where it wants the
/// log.</summary>
internal static class ReplicaHandshake
{
    // Flags of COM_BINLOG_DUMP: MariaDB leaves out ANNOTATE_ROWS unless asked for, which would make gaps in the positions.
    private const ushort SendAnnotateRows = 0x02;
    private const ushort ThroughGtid = 0x04;
    private const int MariaDbCapabilityGtid = 4;

    public static async Task RunAsync(MySqlSession session, BinlogStreamOptions options, CancellationToken cancellationToken)
    {
        if (
            options.ServerIdentity is { } expected
            && ServerLog.IdentityQuery(session.Flavour) is { } query
            && (await session.QueryAsync(query, cancellationToken))[0][0] is { } found
            && found != expected
        )
            throw new OtherServerException(expected, found);
        // One statement at a time and in the replicas' own words: OceanBase's binlog service knows these and no others.
        foreach (var statement in Settings(session.Flavour, options))
            await ExecuteAsync(session, statement, cancellationToken);
        await session.CommandAsync(Registration(options.ServerId), cancellationToken);
        await session.SendCommandAsync(Request(session.Flavour, options), cancellationToken);
    }

    /// <summary>The settings, in order.</summary>
    internal static IEnumerable<string> Settings(ServerFlavour flavour, BinlogStreamOptions options)
    {
        var nanoseconds = string.Create(CultureInfo.InvariantCulture, $"{(long)options.HeartbeatPeriod.TotalMicroseconds * 1000}");
        yield return $"SET @master_heartbeat_period= {nanoseconds}";
        yield return "SET @master_binlog_checksum= @@global.binlog_checksum";
        // A reader that comes again under its id ends the dump thread that its predecessor may have left.
        var uuid = string.Create(CultureInfo.InvariantCulture, $"6f6d7372-6570-4000-8000-0000{options.ServerId:x8}");
        yield return $"SET @slave_uuid= '{uuid}'";
        if (flavour != ServerFlavour.MariaDb)
        {
            // The names since MySQL 8.0.26.
            yield return $"SET @source_heartbeat_period= {nanoseconds}";
            yield return "SET @source_binlog_checksum= @@global.binlog_checksum";
            yield return $"SET @replica_uuid= '{uuid}'";
            yield break;
        }
        yield return $"SET @mariadb_slave_capability= {MariaDbCapabilityGtid}";
        if (options.MariaDbGtidSet is null)
            yield break;
        yield return $"SET @slave_connect_state= {SqlLiteral.Quote(options.MariaDbGtidSet.Position.ToString())}";
        // Strict: a GTID that this server's log does not have is an error rather than a guess.
        yield return "SET @slave_gtid_strict_mode= 1";
        yield return "SET @slave_gtid_ignore_duplicates= 0";
    }

    /// <summary>COM_REGISTER_SLAVE (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_register_replica.html): who reads;
    /// host, user and password stay empty.</summary>
    internal static byte[] Registration(uint serverId)
    {
        var packet = new byte[1 + 4 + 1 + 1 + 1 + 2 + 4 + 4];
        packet[0] = Command.RegisterSlave;
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(1), serverId);
        return packet;
    }

    /// <summary>COM_BINLOG_DUMP or COM_BINLOG_DUMP_GTID.</summary>
    /// <exception cref="ArgumentException">Not exactly one start is given, or it does not fit the server.</exception>
    internal static byte[] Request(ServerFlavour flavour, BinlogStreamOptions options)
    {
        if ((options.Position is null ? 0 : 1) + (options.MySqlGtidSet is null ? 0 : 1) + (options.MariaDbGtidSet is null ? 0 : 1) != 1)
            throw new ArgumentException("Exactly one of Position, MySqlGtidSet and MariaDbGtidSet says where to start.", nameof(options));
        if (
            (options.MySqlGtidSet is not null && flavour == ServerFlavour.MariaDb)
            || (options.MariaDbGtidSet is not null && flavour != ServerFlavour.MariaDb)
        )
            throw new ArgumentException($"The GTID set is not of the server's kind: it is {flavour}.", nameof(options));

        var output = new ArrayBufferWriter<byte>();
        if (options.MySqlGtidSet is { } gtids)
        {
            var set = gtids.Encode();
            Put(output, [Command.BinlogDumpGtid], ThroughGtid, options.ServerId);
            PutUInt32(output, 0); // no file's name
            BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), 4);
            output.Advance(8);
            PutUInt32(output, (uint)set.Length);
            output.Write(set);
            return output.WrittenSpan.ToArray();
        }
        // By GTID, MariaDB takes the connect state and no file.
        var position = options.Position ?? new BinlogPosition("", 4);
        if (position.Offset > uint.MaxValue)
            throw new ArgumentException(
                $"The protocol can't ask for a position behind 4 GiB, and {position} is; start by GTID.",
                nameof(options)
            );
        output.Write([Command.BinlogDump]);
        PutUInt32(output, (uint)position.Offset);
        Put(output, [], flavour == ServerFlavour.MariaDb ? SendAnnotateRows : (ushort)0, options.ServerId);
        output.Write(Encoding.UTF8.GetBytes(position.File));
        return output.WrittenSpan.ToArray();
    }

    private static async Task ExecuteAsync(MySqlSession session, string statement, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync(statement, cancellationToken);
        }
        catch (MySqlException error) when (error.Number == ErrorNumber.UnknownSystemVariable)
        {
            // A server that knows no binlog_checksum has none.
        }
    }

    private static void Put(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> before, ushort flags, uint serverId)
    {
        output.Write(before);
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(2), flags);
        output.Advance(2);
        PutUInt32(output, serverId);
    }

    private static void PutUInt32(ArrayBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }
}
