using Oms.Hosting;

namespace Oms.Store;

/// <summary>Which server a link's log comes from, kept beside the Store: a position in its log means something else on any other, be it a
/// replica that has taken over its name.</summary>
internal static class SourceIdentity
{
    private const string FileName = "source.identity";

    /// <summary>Sees that a link's source is the server that it was when the link began, and keeps which one that is.</summary>
    /// <param name="directory">The Store's.</param>
    /// <param name="found">What the source says of itself.</param>
    /// <param name="isNew">The link begins: what an earlier one of its name may have left does not count.</param>
    /// <exception cref="OmsException">SourceChanged</exception>
    public static void Require(string directory, string found, bool isNew, string link)
    {
        var path = PathIn(directory);
        if (isNew || !File.Exists(path) || File.ReadAllText(path) is not { Length: > 0 } expected)
        {
            Directory.CreateDirectory(directory);
            File.WriteAllText(path, found);
        }
        else if (found != expected)
        {
            throw Changed(directory, expected, found, link);
        }
    }

    /// <summary>The link reads another server's log from here on; null: that one tells no identity.</summary>
    public static void Replace(string directory, string? server) => File.WriteAllText(PathIn(directory), server ?? "");

    /// <summary>The server that the link's source was; null where that is not known.</summary>
    public static string? Find(string directory) =>
        File.Exists(PathIn(directory)) && File.ReadAllText(PathIn(directory)) is { Length: > 0 } known ? known : null;

    /// <summary>The error of a source that is another server than it was.</summary>
    public static OmsException Changed(string directory, string expected, string found, string link) =>
        new(
            "SourceChanged",
            OmsErrorKind.InvalidState,
            $"Link '{link}' reads the log of server {expected}, and its source is server {found} now: positions in the one's log mean nothing in the other's.",
            $"Point the data source at {expected} again and start the link. {ByGtid(directory, link)}If it was moved or restored on purpose, migrate again under a new project. If it is the same server under another name or id, delete {PathIn(directory)} and start the link.",
            link
        );

    /// <summary>The way on that GTIDs give, if those of the link's source are known.</summary>
    public static string ByGtid(string directory, string link) =>
        SourceGtids.Find(directory) is null
            ? ""
            : $"If it leads to a replica of that server which was promoted, have the link go on in its log, by GTID, with {HostCommand.MoveSource(link)}. ";

    private static string PathIn(string directory) => Path.Combine(directory, FileName);
}
