using Oms.DataSources;
using Oms.Hosting;
using Oms.Metadata;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Adds a data source. The password is encrypted at rest and never read back by a caller.</summary>
    /// <exception cref="OmsException">Those of <see cref="CheckDataSource"/>; DataSourceExists, DataSourceAccountExists; KeyFileMissing,
    /// …</exception>
    public DataSource AddDataSource(DataSource definition, string password)
    {
        definition = CheckDataSource(definition) with
        {
            Created = definition.Created == default ? DateTimeOffset.UtcNow : definition.Created,
            TlsSeen = null,
        };
        var host = DataSourceRules.HostKey(definition.Host);
        return _metadata.Write(session =>
        {
            if (session.FindDataSource(definition.Name) is { } same)
                throw new OmsException(
                    "DataSourceExists",
                    OmsErrorKind.AlreadyExists,
                    $"There is a data source '{same.Name}' already.",
                    "Choose another identifier, or remove the existing data source first.",
                    definition.Name
                );
            if (session.FindAccount(host, definition.Port, definition.User) is { } owner)
                throw AccountExists(definition, owner);
            // A new key beside stored passwords would hide that the key which opens them is lost.
            if (session.DataSources().Count == 0)
                KeyFile.Create(Home);
            session.Insert(definition, host, PasswordCipher.Encrypt(KeyFile.Read(Home), definition.Name, password));
            return definition;
        });
    }

    /// <summary>A definition as it would be stored: what is empty is not given, and whichever process connects, with whichever working
    /// directory, finds the files.</summary>
    /// <exception cref="OmsException">DataSourceNameInvalid, RegionInvalid, HostInvalid, PortInvalid, UserInvalid, TlsCaFileNotFound,
    /// TlsFingerprintInvalid, ServerPublicKeyFileNotFound, TlsOptionsContradict</exception>
    public static DataSource CheckDataSource(DataSource definition)
    {
        definition = definition with
        {
            Database = Given(definition.Database),
            Remarks = Given(definition.Remarks),
            TlsCaFile = Given(definition.TlsCaFile) is { } file ? Path.GetFullPath(file) : null,
            TlsFingerprint = Given(definition.TlsFingerprint) is { } fingerprint ? DataSourceRules.Fingerprint(fingerprint) : null,
            ServerPublicKeyFile = Given(definition.ServerPublicKeyFile) is { } key ? Path.GetFullPath(key) : null,
        };
        DataSourceRules.Validate(definition);
        return definition;

        static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>Changes how a data source is reached. Links that run leave their connections and make new ones; those that wait because
    /// their log-in is refused go on.</summary>
    /// <param name="change">Makes the new definition of the old one; the name stays.</param>
    /// <param name="password">The new password; null: it stays as it is.</param>
    /// <exception cref="OmsException">DataSourceNotFound; those of <see cref="CheckDataSource"/>; DataSourceInUse: a project names it, and
    /// its type or region would change; SourceIsDestination, DataSourceAccountExists; KeyFileDamaged, …</exception>
    public DataSource SetDataSource(string name, Func<DataSource, DataSource> change, string? password = null) =>
        _metadata.Write(session =>
        {
            var existing = FindDataSource(session, name);
            var changed = CheckDataSource(change(existing)) with { Name = existing.Name, Created = existing.Created };
            // What was seen of another server, or by another way, says nothing of this one.
            if (
                DataSourceRules.HostKey(changed.Host) != DataSourceRules.HostKey(existing.Host)
                || (changed.Port, changed.Tls, changed.TlsCaFile, changed.TlsFingerprint)
                    != (existing.Port, existing.Tls, existing.TlsCaFile, existing.TlsFingerprint)
            )
                changed = changed with { TlsSeen = null };
            var users = session.Projects().Where(p => p.Source == existing.Name || p.Destination == existing.Name).ToList();
            if (users.Count > 0 && (changed.Type != existing.Type || changed.Region != existing.Region))
                throw InUse(
                    existing.Name,
                    users,
                    $"Its {(changed.Type != existing.Type ? "type" : "region")} can't be changed.",
                    "Remove those projects first, or add another data source."
                );
            foreach (var project in users)
            {
                var other = FindDataSource(session, project.Source == existing.Name ? project.Destination : project.Source);
                if (DataSourceRules.IsSameServer(changed, other))
                    throw new OmsException(
                        "SourceIsDestination",
                        OmsErrorKind.InvalidArgument,
                        $"Project '{project.Name}' would have the same server, {changed.Host}:{changed.Port}, as its source and its destination.",
                        "Give another host or port.",
                        existing.Name
                    );
            }
            if (
                session.FindAccount(DataSourceRules.HostKey(changed.Host), changed.Port, changed.User) is { } owner
                && owner != existing.Name
            )
                throw AccountExists(changed, owner);
            if (password is not null)
            {
                // Where the old key is lost, given passwords are what there is to go on with.
                KeyFile.Create(Home);
                session.SetPassword(existing.Name, PasswordCipher.Encrypt(KeyFile.Read(Home), existing.Name, password));
            }
            session.Update(changed, DataSourceRules.HostKey(changed.Host));
            // Places in a log mean nothing on another server, if it is one.
            if ((DataSourceRules.HostKey(changed.Host), changed.Port) != (DataSourceRules.HostKey(existing.Host), existing.Port))
                foreach (var project in users.Where(p => p.Source == existing.Name))
                    session.ForgetPlaces(project.Name);
            return changed;
        });

    /// <summary>The data sources whose name matches the wildcard pattern (* ?), all when null; ordered by name.</summary>
    public IReadOnlyList<DataSource> GetDataSources(string? pattern = null)
    {
        var matches = NamePattern.Of(pattern);
        return _metadata.Read(session => session.DataSources().Where(d => matches(d.Name)).ToList());
    }

    /// <exception cref="OmsException">DataSourceNotFound</exception>
    public DataSource GetDataSource(string name) => _metadata.Read(session => FindDataSource(session, name));

    /// <exception cref="OmsException">DataSourceNotFound; DataSourceInUse when a project names it.</exception>
    public void RemoveDataSource(string name) =>
        _metadata.Write(session =>
        {
            var dataSource = FindDataSource(session, name);
            var users = session.Projects().Where(p => p.Source == dataSource.Name || p.Destination == dataSource.Name).ToList();
            if (users.Count > 0)
                throw InUse(dataSource.Name, users, null, "Remove those projects first.");
            session.DeleteDataSource(dataSource.Name);
        });

    private static OmsException AccountExists(DataSource definition, string owner) =>
        new(
            "DataSourceAccountExists",
            OmsErrorKind.AlreadyExists,
            $"The account '{definition.User}' at {definition.Host}:{definition.Port} belongs to data source '{owner}' already.",
            $"Use data source '{owner}', or create an account of its own for '{definition.Name}'.",
            definition.Name
        );

    private static OmsException InUse(string name, List<Project> users, string? consequence, string remedy) =>
        new(
            "DataSourceInUse",
            OmsErrorKind.InvalidState,
            $"Data source '{name}' is used by {(users.Count == 1 ? "project" : "projects")} {string.Join(", ", users.Select(p => $"'{p.Name}'"))}.{(consequence is null ? "" : $" {consequence}")}",
            remedy,
            name
        );

    private static DataSource FindDataSource(MetadataSession session, string name) =>
        session.FindDataSource(name)
        ?? throw new OmsException(
            "DataSourceNotFound",
            OmsErrorKind.NotFound,
            $"There is no data source '{name}'.",
            $"{HostCommand.ListDataSources}.",
            name
        );
}
