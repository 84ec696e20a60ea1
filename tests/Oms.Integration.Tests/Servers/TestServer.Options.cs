namespace Oms.Integration.Tests.Servers;

/// <summary>How MariaDB and MySQL are started.</summary>
public sealed partial class TestServer
{
    private IEnumerable<string> Options()
    {
        var tls = TestCertificates.Current;
        string[] common =
        [
            // A server that starts deletes what it finds in its folder for temporary tables: one shared with others would take theirs away.
            "--no-defaults",
            $"--user={Environment.UserName}",
            $"--datadir={DataDirectory}",
            $"--tmpdir={TemporaryDirectory}",
            $"--socket={SocketPath}",
            $"--pid-file={_directory}/mysqld.pid",
            "--bind-address=127.0.0.1",
            $"--port={Port}",
            $"--server-id={_serverId}",
            "--skip-name-resolve",
            "--secure-file-priv=",
            "--log-bin=binlog",
            "--binlog-format=ROW",
            "--binlog-row-image=FULL",
            "--character-set-server=utf8mb4",
            $"--ssl-ca={tls.CaFile}",
            $"--ssl-cert={tls.CertificateFile}",
            $"--ssl-key={tls.KeyFile}",
            // Safe against a crash of the process, which is all that tests do to it, and several times faster on a slow disk.
            "--innodb-flush-log-at-trx-commit=2",
            "--sync-binlog=0",
            "--innodb-buffer-pool-size=64M",
        ];
        string[] own = IsMariaDb
            ?
            [
                $"--innodb-log-file-size={DataDirectoryTemplate.RedoLogSize}",
                $"--gtid-domain-id={_serverId}",
                "--gtid-strict-mode=ON",
                "--log-slave-updates=ON",
            ]
            :
            [
                $"--innodb-redo-log-capacity={DataDirectoryTemplate.RedoLogSize}",
                "--gtid-mode=ON",
                "--enforce-gtid-consistency=ON",
                "--mysqlx=OFF",
            ];
        return [.. common, .. own];
    }

    /// <summary>Root's accounts for TCP and the socket, run by the server before it greets; one statement a line, as MariaDB wants
    /// it.</summary>
    private async Task<string> WriteInitFileAsync()
    {
        var file = Path.Combine(_directory, "init.sql");
        await using (
            var stream = new FileStream(
                file,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        await using (var writer = new StreamWriter(stream))
        {
            await writer.WriteLineAsync("SET sql_log_bin=0;");
            foreach (var host in new[] { "127.0.0.1", "localhost" })
            {
                await writer.WriteLineAsync($"CREATE USER IF NOT EXISTS root@'{host}';");
                await writer.WriteLineAsync($"ALTER USER root@'{host}' IDENTIFIED BY '{Root.Password}';");
                await writer.WriteLineAsync($"GRANT ALL ON *.* TO root@'{host}' WITH GRANT OPTION;");
            }
        }

        return file;
    }
}
