using System.Security.Cryptography;
using Oms.Changes;
using Oms.Integration.Tests.Servers;
using Oms.MySql.Binlog;

namespace Oms.Integration.Tests.Binlog;

/// <summary>MariaDB's encrypted log: the server decrypts it for its replicas, so that a stream of it reads as any other.</summary>
public class EncryptedLogTests
{
    [ServerFact(ServerFlavourName.MariaDb1011)]
    public async Task An_encrypted_log_comes_decrypted_and_is_read()
    {
        var keys = Path.Combine(Directory.CreateTempSubdirectory("oms-keys-").FullName, "keys");
        await File.WriteAllTextAsync(keys, $"1;{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}\n");
        await using var server = await TestServer.StartAsync(
            ServerFlavourName.MariaDb1011,
            "--plugin-load-add=file_key_management",
            $"--file-key-management-filename={keys}",
            "--encrypt-binlog=ON"
        );
        await server.SqlAsync("CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20))");
        await using var session = await RawSession.OpenAsync(server, "d");
        var begin = await session.LogEndAsync();
        await session.ExecuteAsync(
            "INSERT INTO t VALUES (1, 'secret'); UPDATE t SET s = 'changed'; FLUSH BINARY LOGS; INSERT INTO t VALUES (2, 'next file')"
        );
        var shapes = await session.ShapesAsync("d", "t");
        foreach (var start in new[] { begin, begin with { Offset = 4 } })
        {
            var changes = await RowChange.ReadAsync(server, start, await session.LogEndAsync(), "t", shapes);
            Assert.Equal(await session.RowsAsync("SELECT id, s FROM t ORDER BY id"), [changes[1].After!, changes[2].Image]);
        }
        Directory.Delete(Path.GetDirectoryName(keys)!, recursive: true);
    }
}
