using System.Collections.Concurrent;
using Oms.DataSources;
using Oms.MySql;
using Oms.Servers;

namespace Oms.Metadata;

/// <summary>How the data sources of the metadata are reached, and sessions to them.</summary>
internal sealed class Connections(MetadataStore metadata) : IDisposable
{
    private readonly ConcurrentDictionary<string, Func<string?>> _passwords = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, KeptSession> _kept = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var kept in _kept.Values)
            kept.Dispose();
    }

    /// <exception cref="OmsException">DataSourceNotFound</exception>
    public DataSource Find(string name) => metadata.Read(session => session.RequireDataSource(name));

    /// <summary>Has a data source's password looked up where it is kept, before each connection: a new one is stored.</summary>
    /// <param name="lookUp">The password; null: it can't be told now, and the stored one stays.</param>
    public void KeepPassword(string dataSource, Func<string?> lookUp)
    {
        _passwords[dataSource] = lookUp;
        LookUpPassword(dataSource);
    }

    /// <summary>How sessions to a data source are opened, the password in it.</summary>
    /// <exception cref="OmsException">KeyFileMissing, KeyFileExposed, KeyFileDamaged, PasswordUnreadable</exception>
    public SessionOptions OptionsFor(DataSource dataSource)
    {
        LookUpPassword(dataSource.Name);
        // As it is now: it may have been changed since it was read.
        var (current, sealedPassword) = metadata.Read(session =>
            (session.FindDataSource(dataSource.Name) ?? dataSource, session.EncryptedPassword(dataSource.Name))
        );
        return ConnectionOptions.Of(current, PasswordCipher.Decrypt(KeyFile.Read(metadata.Home), current.Name, sealedPassword));
    }

    /// <summary>How a data source is reached, as a value that is another one whenever the user changes that.</summary>
    public (DataSource Definition, string Password) Reach(string name)
    {
        LookUpPassword(name);
        return metadata.Read(session =>
            (session.RequireDataSource(name) with { Remarks = null, TlsSeen = null }, Convert.ToHexString(session.EncryptedPassword(name)))
        );
    }

    /// <summary>Connects, and notes what protects the connection: a server that had TLS once is not taken without it.</summary>
    /// <exception cref="OmsException">Why not, for the person at the prompt.</exception>
    public async Task<RowSession> OpenAsync(DataSource dataSource, CancellationToken cancellationToken)
    {
        var connection = ServerSession.Create(OptionsFor(dataSource), SessionPurpose.Control);
        try
        {
            await ServerSession.OpenAsync(connection, SessionPurpose.Control, cancellationToken);
            Note(dataSource.Name, ConnectionOptions.Seen(connection));
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await connection.DisposeAsync();
            throw ConnectionFault.Describe(Find(dataSource.Name), e);
        }
    }

    /// <summary>Asks a data source's server something, on a session that is kept for the next question.</summary>
    /// <exception cref="OmsException">Why it could not be asked.</exception>
    public async Task<T> AskAsync<T>(
        string dataSource,
        Func<RowSession, CancellationToken, Task<T>> ask,
        CancellationToken cancellationToken
    )
    {
        var definition = Find(dataSource);
        try
        {
            return await _kept
                .GetOrAdd(dataSource, static _ => new KeptSession())
                .AskAsync(OptionsFor(definition), ct => OpenAsync(definition, ct), ask, cancellationToken);
        }
        catch (MySqlException e)
        {
            throw ConnectionFault.Describe(definition, e);
        }
    }

    /// <summary>Stores a data source's new password.</summary>
    public static void StorePassword(MetadataSession session, string home, string dataSource, string password)
    {
        // Where the old key is lost, given passwords are what there is to go on with.
        KeyFile.Create(home);
        session.SetPassword(dataSource, PasswordCipher.Encrypt(KeyFile.Read(home), dataSource, password));
    }

    private void Note(string name, ConnectionTls seen)
    {
        if (metadata.Read(session => session.FindDataSource(name)) is not { } known || known.TlsSeen == seen)
            return;
        metadata.Write(session =>
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
        metadata.Write(session => StorePassword(session, metadata.Home, session.RequireDataSource(name).Name, password));

        string? Stored()
        {
            try
            {
                return PasswordCipher.Decrypt(KeyFile.Read(metadata.Home), name, metadata.Read(session => session.EncryptedPassword(name)));
            }
            catch (OmsException e) when (e.Id is "KeyFileMissing" or "PasswordUnreadable")
            {
                // What can't be opened any more is replaced by what is known.
                return null;
            }
        }
    }
}
