using System.Diagnostics;
using Oms.DataSources;
using Oms.Metadata;
using Oms.MySql;
using Oms.Sessions;

namespace Oms;

/// <summary>What a connectivity test found.</summary>
public sealed record DataSourceTest
{
    public required string Name { get; init; }
    public required bool Success { get; init; }
    public string? ServerVersion { get; init; }
    public DataSourceType? DetectedType { get; init; }
    /// <summary>The TLS version and cipher, or null for a connection in the clear.</summary>
    public string? Tls { get; init; }
    /// <summary>Median of a few round trips, milliseconds.</summary>
    public double? RoundTripMs { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
}

public sealed partial class OmsEngine
{
    /// <summary>Adds a data source. The password is encrypted at rest and never read back by a caller.</summary>
    /// <exception cref="OmsException">DataSourceNameInvalid, RegionInvalid, HostInvalid, PortInvalid, UserInvalid, TlsCaFileNotFound; DataSourceExists, DataSourceAccountExists</exception>
    public DataSource AddDataSource(DataSource definition, string password)
    {
        DataSourceRules.Validate(definition);
        definition = definition with
        {
            Created = definition.Created == default ? DateTimeOffset.UtcNow : definition.Created,
            // Whichever process connects, with whichever working directory, finds the file.
            TlsCaFile = definition.TlsCaFile is { } file ? Path.GetFullPath(file) : null,
        };
        var host = DataSourceRules.HostKey(definition.Host);
        return _metadata.Write(session =>
        {
            if (session.FindDataSource(definition.Name) is { } same)
                throw new OmsException("DataSourceExists", OmsErrorKind.AlreadyExists, $"There is a data source '{same.Name}' already.",
                    "Choose another identifier, or remove the existing data source first.", definition.Name);
            if (session.FindAccount(host, definition.Port, definition.User) is { } owner)
                throw new OmsException("DataSourceAccountExists", OmsErrorKind.AlreadyExists,
                    $"The account '{definition.User}' at {definition.Host}:{definition.Port} belongs to data source '{owner}' already.",
                    $"Use data source '{owner}', or create an account of its own for '{definition.Name}'.", definition.Name);
            // A new key beside stored passwords would hide that the key which opens them is lost.
            if (session.DataSources().Count == 0)
                KeyFile.Create(Home);
            session.Insert(definition, host, PasswordCipher.Encrypt(KeyFile.Read(Home), definition.Name, password));
            return definition;
        });
    }

    /// <summary>The data sources whose name matches the wildcard pattern (* ?), all when null; ordered by name.</summary>
    public IReadOnlyList<DataSource> GetDataSources(string? pattern = null)
    {
        var matches = NamePattern.Of(pattern);
        return _metadata.Read(session => session.DataSources().Where(d => matches(d.Name)).ToList());
    }

    /// <exception cref="OmsException">DataSourceNotFound</exception>
    public DataSource GetDataSource(string name) => _metadata.Read(session => FindDataSource(session, name));

    /// <exception cref="OmsException">DataSourceNotFound; DataSourceInUse when a project names it.</exception>
    public void RemoveDataSource(string name) => _metadata.Write(session =>
    {
        var dataSource = FindDataSource(session, name);
        var users = session.Projects().Where(p => p.Source == dataSource.Name || p.Destination == dataSource.Name).Select(p => $"'{p.Name}'").ToList();
        if (users.Count > 0)
            throw new OmsException("DataSourceInUse", OmsErrorKind.InvalidState, $"Data source '{dataSource.Name}' is used by {(users.Count == 1 ? "project" : "projects")} {string.Join(", ", users)}.",
                "Remove those projects first.", dataSource.Name);
        session.DeleteDataSource(dataSource.Name);
    });

    /// <summary>Connects with the stored account and reports; a failure is a result with Error and Remedy, not an exception.</summary>
    /// <exception cref="OmsException">DataSourceNotFound</exception>
    public async Task<DataSourceTest> TestDataSourceAsync(string name, CancellationToken cancellationToken = default)
    {
        var dataSource = GetDataSource(name);
        try
        {
            await using var connection = await ServerSession.OpenAsync(ConnectionString(dataSource, builder => builder.Pooling = false), SessionPurpose.Control, cancellationToken);
            var detected = TypeOf(connection.Flavour);
            var isDeclared = detected == dataSource.Type;
            return new DataSourceTest
            {
                Name = dataSource.Name,
                Success = isDeclared,
                ServerVersion = connection.ServerVersion,
                DetectedType = detected,
                Tls = await TlsAsync(connection, cancellationToken),
                RoundTripMs = await RoundTripAsync(connection, cancellationToken),
                Error = isDeclared ? null : $"Data source '{dataSource.Name}' is declared as {dataSource.Type}, but the server at {dataSource.Host}:{dataSource.Port} is {detected} ({connection.ServerVersion}).",
                Remedy = isDeclared ? null : $"Remove the data source and add it again with type {detected}, or give the host and port of the {dataSource.Type} server.",
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var fault = ConnectionFault.Describe(dataSource, e);
            return new DataSourceTest { Name = dataSource.Name, Success = false, Error = fault.Message, Remedy = fault.Remedy };
        }
    }

    /// <summary>The string that opens connections to a data source, the password in it: only ever for <see cref="MySqlConnection"/> and its kin, never logged or shown.</summary>
    /// <exception cref="OmsException">KeyFileMissing, KeyFileExposed, KeyFileDamaged, PasswordUnreadable</exception>
    internal string ConnectionString(DataSource dataSource, Action<MySqlConnectionStringBuilder>? configure = null)
    {
        var sealedPassword = _metadata.Read(session => session.EncryptedPassword(dataSource.Name));
        var builder = new MySqlConnectionStringBuilder
        {
            Server = dataSource.Host,
            Port = (uint)dataSource.Port,
            UserID = dataSource.User,
            Password = PasswordCipher.Decrypt(KeyFile.Read(Home), dataSource.Name, sealedPassword),
            SslMode = dataSource.Tls switch
            {
                TlsMode.None => MySqlSslMode.None,
                TlsMode.Required => MySqlSslMode.Required,
                TlsMode.VerifyCA => MySqlSslMode.VerifyCA,
                TlsMode.VerifyFull => MySqlSslMode.VerifyFull,
                _ => MySqlSslMode.Preferred,
            },
            Pooling = true,
            DefaultCommandTimeout = 0,
            ApplicationName = "oms",
        };
        if (dataSource.Database is { } database)
            builder.Database = database;
        if (dataSource.TlsCaFile is { } file)
            builder.SslCa = file;
        configure?.Invoke(builder);
        return builder.ConnectionString;
    }

    internal static DataSourceType TypeOf(ServerFlavour flavour) => flavour switch
    {
        ServerFlavour.MariaDb => DataSourceType.MariaDB,
        ServerFlavour.OceanBase => DataSourceType.OceanBase,
        _ => DataSourceType.MySQL,
    };

    private static DataSource FindDataSource(MetadataSession session, string name) => session.FindDataSource(name)
        ?? throw new OmsException("DataSourceNotFound", OmsErrorKind.NotFound, $"There is no data source '{name}'.", "List the data sources with Get-OmsDataSource.", name);

    private static async Task<string?> TlsAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryRowsAsync("SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')", cancellationToken);
        var status = rows.ToDictionary(r => r[0]!, r => r[1], StringComparer.OrdinalIgnoreCase);
        return status.GetValueOrDefault("Ssl_cipher") is { Length: > 0 } cipher ? $"{status.GetValueOrDefault("Ssl_version")} {cipher}" : null;
    }

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
