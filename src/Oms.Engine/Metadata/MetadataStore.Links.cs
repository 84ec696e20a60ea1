using Dapper;
using Oms.Hosting;

namespace Oms.Metadata;

// What a link's runner keeps between processes. All of it goes with the project.
internal sealed partial class MetadataStore
{
    /// <summary>What the link's runner last wrote; null when it never ran.</summary>
    public LinkStatus? ReadStatus(string project) => Read(session => session.FindStatus(project));

    /// <exception cref="OmsException">ProjectNotFound: the project was removed meanwhile.</exception>
    public void WriteStatus(LinkStatus status) =>
        WriteForProject(
            status.Project,
            "INSERT INTO link_status (project, status) SELECT name, @json FROM project WHERE name = @project ON CONFLICT (project) DO UPDATE SET status = excluded.status",
            new { project = status.Project, json = MetadataSession.Json(status) }
        );

    /// <summary>
    /// Takes the right to run the link, unless a living process has it: one whose lease has not expired and, on this same host, whose
    /// process still exists. Taking it clears a stop request.
    /// </summary>
    /// <param name="token">Names this run; the one who has the lease already takes it anew.</param>
    /// <param name="holder">Who has it now; null after success.</param>
    /// <exception cref="OmsException">ProjectNotFound</exception>
    public bool TryTakeLease(string project, string host, int processId, string token, TimeSpan ttl, out Lease? holder)
    {
        holder = Write(session =>
        {
            if (session.FindProject(project) is null)
                throw ProjectNotFound(project);
            if (FindLiveLease(session, project, host) is { } other && other.Token != token)
                return other;
            session.Connection.Execute(
                """
                INSERT INTO link_lease (project, host, process_id, process_start, token, ttl_ms, expires_ms) VALUES (@project, @host, @processId, @start, @token, @ttl, @expires)
                ON CONFLICT (project) DO UPDATE SET host = excluded.host, process_id = excluded.process_id, process_start = excluded.process_start,
                  token = excluded.token, ttl_ms = excluded.ttl_ms, expires_ms = excluded.expires_ms
                """,
                new
                {
                    project,
                    host,
                    processId,
                    start = ProcessIdentity.StartOf(processId),
                    token,
                    ttl = (long)ttl.TotalMilliseconds,
                    expires = Now + (long)ttl.TotalMilliseconds,
                }
            );
            session.Connection.Execute("DELETE FROM stop_request WHERE project = @project", new { project });
            return null;
        });
        return holder is null;
    }

    /// <summary>Holds the lease for another of its periods; false when it is another's by now, or gone.</summary>
    public bool RenewLease(string project, string token) =>
        Write(session =>
            session.Connection.Execute(
                "UPDATE link_lease SET expires_ms = @Now + ttl_ms WHERE project = @project AND token = @token",
                new
                {
                    Now,
                    project,
                    token,
                }
            )
        ) == 1;

    /// <summary>Gives the lease back; does nothing when it is another's.</summary>
    public void ReleaseLease(string project, string token) =>
        Write(session =>
            session.Connection.Execute("DELETE FROM link_lease WHERE project = @project AND token = @token", new { project, token })
        );

    /// <summary>Who runs the link now, as far as this host can tell; null when nobody does.</summary>
    public Lease? FindLiveLease(string project) => Read(session => FindLiveLease(session, project));

    /// <summary>The same, as part of a transaction.</summary>
    public Lease? FindLiveLease(MetadataSession session, string project) => FindLiveLease(session, project, Environment.MachineName);

    /// <exception cref="OmsException">ProjectNotFound</exception>
    public void RequestStop(string project) =>
        WriteForProject(
            project,
            "INSERT INTO stop_request (project) SELECT name FROM project WHERE name = @project ON CONFLICT (project) DO UPDATE SET project = excluded.project",
            new { project }
        );

    public bool IsStopRequested(string project) =>
        Read(session =>
            session.Connection.ExecuteScalar<long>("SELECT count(*) FROM stop_request WHERE project = @project", new { project })
        ) > 0;

    public string? GetValue(string project, string key) =>
        Read(session =>
            session.Connection.QuerySingleOrDefault<string>(
                "SELECT value FROM project_value WHERE project = @project AND key = @key",
                new { project, key }
            )
        );

    /// <summary>Removes a value; false when there was none, as when another process was faster.</summary>
    public bool RemoveValue(string project, string key) =>
        Write(session =>
            session.Connection.Execute("DELETE FROM project_value WHERE project = @project AND key = @key", new { project, key })
        ) == 1;

    /// <summary>Keeps a value of the project; null removes it.</summary>
    /// <exception cref="OmsException">ProjectNotFound</exception>
    public void SetValue(string project, string key, string? value)
    {
        if (value is null)
            RemoveValue(project, key);
        else
            WriteForProject(
                project,
                "INSERT INTO project_value (project, key, value) SELECT name, @key, @value FROM project WHERE name = @project ON CONFLICT (project, key) DO UPDATE SET value = excluded.value",
                new
                {
                    project,
                    key,
                    value,
                }
            );
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private Lease? FindLiveLease(MetadataSession session, string project, string host)
    {
        var row = session.Connection.QuerySingleOrDefault<LeaseRow>(
            "SELECT host, process_id AS ProcessId, process_start AS ProcessStart, token, expires_ms AS ExpiresMs FROM link_lease WHERE project = @project",
            new { project }
        );
        if (row is null || row.ExpiresMs <= Now)
            return null;
        var isDead = row.Host == host && ProcessIdentity.StartOf((int)row.ProcessId) != row.ProcessStart;
        return isDead ? null : new Lease(row.Host, (int)row.ProcessId, row.Token, DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresMs));
    }

    private void WriteForProject(string project, string sql, object parameters)
    {
        if (Write(session => session.Connection.Execute(sql, parameters)) == 0)
            throw ProjectNotFound(project);
    }

    internal static OmsException ProjectNotFound(string project) =>
        new("ProjectNotFound", OmsErrorKind.NotFound, $"There is no project '{project}'.", $"{HostCommand.ListProjects}.", project);

    private sealed record LeaseRow(string Host, long ProcessId, string? ProcessStart, string Token, long ExpiresMs);
}
