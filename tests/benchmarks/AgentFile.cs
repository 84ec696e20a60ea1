using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks;

/// <summary>A project file for oms-agent with two servers, "north" and "south", in a private folder.</summary>
internal static class AgentFile
{
    /// <param name="projects">The projects' entries, JSON.</param>
    public static string Write(string directory, string name, TestServer north, TestServer south, string projects)
    {
        static string Entry(string name, TestServer server) =>
            $$"""
                { "name": "{{name}}", "type": "{{(
                    server.IsMariaDb ? "MariaDB" : "MySQL"
                )}}", "region": "{{name}}", "host": "127.0.0.1", "port": {{server.Port}}, "user": "root", "password": "{{server.Root.Password}}" }
                """;
        var path = Path.Combine(directory, name);
        File.WriteAllText(
            path,
            $$"""{ "dataSources": [ {{Entry("north", north)}}, {{Entry("south", south)}} ], "projects": [ {{projects}} ] }"""
        );
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
