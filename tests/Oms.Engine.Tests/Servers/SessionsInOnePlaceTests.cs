using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Oms.Ddl;
using Oms.Links;
using Oms.Marks;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Engine.Tests.Servers;

/// <summary>No session is opened, and no setting made, beside <c>Servers</c>: what a server's globals make of a session must never be what
/// the engine works with.</summary>
public sealed partial class SessionsInOnePlaceTests
{
    /// <summary>Settings that are a statement's own and are taken back behind it, or ask for what a server has by itself.</summary>
    private static readonly string[] s_ownSettings = ["Ddl/DdlApplier.cs", "Marks/SessionOrigin.cs", "Schema/SourceView.cs"];

    private static IEnumerable<(string Name, string Text)> Sources([CallerFilePath] string here = "")
    {
        var engine = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Oms.Engine"));
        return Directory
            .EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories)
            .Select(f => (Path.GetRelativePath(engine, f).Replace('\\', '/'), File.ReadAllText(f)))
            .Where(f => !f.Item1.StartsWith("obj/", StringComparison.Ordinal) && !f.Item1.StartsWith("bin/", StringComparison.Ordinal));
    }

    [Fact]
    public void Sessions_are_made_by_ServerSession_alone() =>
        Assert.Equal(["Servers/ServerSession.cs"], Sources().Where(f => NewConnection().IsMatch(f.Text)).Select(f => f.Name));

    [Fact]
    public void Sessions_are_set_up_by_SessionSettings_alone() =>
        Assert.Equal(
            s_ownSettings.Order(),
            Sources()
                .Where(f => !f.Name.StartsWith("Servers/", StringComparison.Ordinal) && SetStatement().IsMatch(f.Text))
                .Select(f => f.Name)
                .Order()
        );

    [GeneratedRegex(@"new RowSession\(|RowSession \w+ = new|new MySqlConnection\(|new MySqlDataSource\(")]
    private static partial Regex NewConnection();

    // At the start of a text or behind a semicolon, so that UPDATE … SET is none.
    [GeneratedRegex(@"(""|;\s*)SET (SESSION |@@|LOCAL )?(?!TRANSACTION\b)[a-z_]+ ?=|(""|;\s*)SET (NAMES|SESSION) ")]
    private static partial Regex SetStatement();
}
