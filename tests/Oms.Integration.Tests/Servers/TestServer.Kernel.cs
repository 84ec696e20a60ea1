using Oms.MySql;

namespace Oms.Integration.Tests.Servers;

/// <summary>How OceanBase's kernel is started: no TLS, no log, no template of a data directory, since a new one takes two seconds.</summary>
public sealed partial class TestServer
{
    private static readonly Lazy<Task<TestServer>> s_kernel = new(() => StartAsync(ServerFlavourName.OceanBase));

    /// <summary>
    /// The kernel that all tests share which do not end it; it ends with the process. Databases and accounts of the tests have names of
    /// their own.
    /// </summary>
    public static Task<TestServer> SharedKernelAsync() => s_kernel.Value;

    /// <summary>Starts on a new folder; whoever comes from this machine is root without a password for a moment.</summary>
    private async Task StartNewKernelAsync()
    {
        await LaunchOnFreePortAsync([.. SeekDb.FirstSettings.SelectMany(s => new[] { "--parameter", s })]);
        await using var connection = await TestClient.OpenAsync(ConnectionString(Root with { Password = "" }));
        await connection.ExecuteAsync($"ALTER USER root IDENTIFIED BY '{Root.Password}'");
    }

    private string[] KernelOptions() => ["--nodaemon", "--port", $"{Port}", "--base-dir", DataDirectory];
}
