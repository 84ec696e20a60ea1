using System.Collections.Concurrent;
using System.Diagnostics;
using Oms.DataSources;
using Oms.Metadata;
using Oms.MySql;
using Oms.Servers;

namespace Oms;

/// <summary>What a connectivity test found.</summary>
public sealed record DataSourceTest
{
    public required string Name { get; init; }
    public required bool Success { get; init; }
    public string? ServerVersion { get; init; }
    public DataSourceType? DetectedType { get; init; }

    /// <summary>What protects the connection; null when there was none.</summary>
    public ConnectionTls? Tls { get; init; }

    /// <summary>The TLS version and cipher; null without TLS.</summary>
    public string? TlsCipher { get; init; }

    /// <summary>The SHA-256 of the certificate that the server showed; null without TLS.</summary>
    public string? TlsFingerprint { get; init; }

    /// <summary>Median of a few round trips, milliseconds.</summary>
    public double? RoundTripMs { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
}

public sealed partial class OmsEngine
{
    private readonly ConcurrentDictionary<string, Func<string?>> _passwords = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Connects with the stored account and reports; a failure is a result with Error and Remedy, not an exception.</summary>
    /// <exception cref="OmsException">DataSourceNotFound</exception>
    public async Task<DataSourceTest> TestDataSourceAsync(string name, CancellationToken cancellationToken = default)
    {
        var dataSource = GetDataSource(name);
        try
        {
            await using var connection = await OpenAsync(dataSource, cancellationToken);
            var detected = TypeOf(connection.Flavour);
            var isDeclared = detected == dataSource.Type;
            return new DataSourceTest
            {
                Name = dataSource.Name,
                Success = isDeclared,
                ServerVersion = connection.ServerVersion,
                DetectedType = detected,
                Tls = ConnectionOptions.Seen(connection),
                TlsCipher = connection.TlsCipher,
                TlsFingerprint = connection.ServerFingerprint,
                RoundTripMs = await RoundTripAsync(connection, cancellationToken),
                Error = isDeclared
                    ? null
                    : $"Data source '{dataSource.Name}' is declared as {dataSource.Type}, but the server at {dataSource.Host}:{dataSource.Port} is {detected} ({connection.ServerVersion}).",
                Remedy = isDeclared
                    ? null
                    : $"Remove the data source and add it again with type {detected}, or give the host and port of the {dataSource.Type} server.",
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var fault = ConnectionFault.Describe(dataSource, e);
            return new DataSourceTest
            {
                Name = dataSource.Name,
                Success = false,
                Error = _words.Say(fault.Message),
                Remedy = _words.Say(fault.Remedy),
            };
        }
    }

    /// <summary>Has a data source's password looked up where it is kept, before each connection and while links run: a new one is stored,
    /// and links go on with it.</summary>
    /// <param name="lookUp">The password; null: it can't be told now, and the stored one stays.</param>
    public void KeepPassword(string dataSource, Func<string?> lookUp)
    {
        _passwords[dataSource] = lookUp;
        LookUpPassword(dataSource);
    }

    /// <summary>The string that opens connections to a data source, the password in it: only ever for <see cref="MySqlConnection"/> and its
    /// kin, never logged or shown.</summary>
    /// <exception cref="OmsException">KeyFileMissing, KeyFileExposed, KeyFileDamaged, PasswordUnreadable</exception>
    internal string ConnectionString(DataSource dataSource, Action<MySqlConnectionStringBuilder>? configure = null)
    {
        LookUpPassword(dataSource.Name);
        // As it is now: it may have been changed since it was read.
        var (current, sealedPassword) = _metadata.Read(session =>
            (session.FindDataSource(dataSource.Name) ?? dataSource, session.EncryptedPassword(dataSource.Name))
        );
        var builder = ConnectionOptions.Of(current, PasswordCipher.Decrypt(KeyFile.Read(Home), current.Name, sealedPassword));
        configure?.Invoke(builder);
        return builder.ConnectionString;
    }

    /// <summary>How a data source is reached, as a value that is another one whenever the user changes that.</summary>
    internal (DataSource Definition, string Password) Reach(string name)
    {
        LookUpPassword(name);
        return _metadata.Read(session =>
            (FindDataSource(session, name) with { Remarks = null, TlsSeen = null }, Convert.ToHexString(session.EncryptedPassword(name)))
        );
    }

    /// <summary>Connects, and notes what protects the connection: a server that had TLS once is not taken without it.</summary>
    /// <exception cref="OmsException">Why not, for the person at the prompt.</exception>
    internal async Task<MySqlConnection> OpenAsync(DataSource dataSource, CancellationToken cancellationToken, bool pooling = false)
    {
        var connection = ServerSession.Create(ConnectionString(dataSource, b => b.Pooling = pooling), SessionPurpose.Control);
        try
        {
            await ServerSession.OpenAsync(connection, SessionPurpose.Control, cancellationToken);
            Note(dataSource.Name, ConnectionOptions.Seen(connection));
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await connection.DisposeAsync();
            throw ConnectionFault.Describe(GetDataSource(dataSource.Name), e);
        }
    }

    private void Note(string name, ConnectionTls seen)
    {
        if (_metadata.Read(session => session.FindDataSource(name)) is not { } known || known.TlsSeen == seen)
            return;
        _metadata.Write(session =>
        {
            // Another connection may have noted more meanwhile.
            if (session.FindDataSource(name) is { } current && !(ConnectionOptions.HoldsToTls(current) && seen == ConnectionTls.None))
                session.Update(current with { TlsSeen = seen }, DataSourceRules.HostKey(current.Host));
        });
    }

    private void LookUpPassword(string name)
    {
        if (!_passwords.TryGetValue(name, out var lookUp) || lookUp() is not { } password || password == Stored())
            return;
        SetDataSource(name, static d => d, password);

        string? Stored()
        {
            try
            {
                return PasswordCipher.Decrypt(KeyFile.Read(Home), name, _metadata.Read(session => session.EncryptedPassword(name)));
            }
            catch (OmsException e) when (e.Id is "KeyFileMissing" or "PasswordUnreadable")
            {
                // What can't be opened any more is replaced by what is known.
                return null;
            }
        }
    }

    internal static DataSourceType TypeOf(ServerFlavour flavour) =>
        flavour switch
        {
            ServerFlavour.MariaDb => DataSourceType.MariaDB,
            ServerFlavour.OceanBase => DataSourceType.OceanBase,
            _ => DataSourceType.MySQL,
        };

    private static async Task<double> RoundTripAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        var times = new double[5];
        for (var i = 0; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await connection.QueryRowAsync("SELECT 1", cancellationToken);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[times.Length / 2];
    }
}
