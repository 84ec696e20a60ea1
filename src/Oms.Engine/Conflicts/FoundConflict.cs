using System.Globalization;
using Oms.Context;
using Oms.Hosting;
using Oms.Marks;
using Oms.MySql;
using Oms.Objects;
using Oms.Projects;
using Oms.Rows;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Conflicts;

/// <summary>A conflict to be recorded in the transaction that settles it. The images are text rows; null: no such row.</summary>
/// <param name="SourceWins">Whether the source's version was written; else the destination's stays.</param>
internal sealed record FoundConflict(
    TableBinding Table,
    byte[] Key,
    ConflictKind Kind,
    long Sequence,
    byte[]? Before,
    byte[]? After,
    byte[]? Current,
    ConflictPolicy Policy,
    bool SourceWins = false
)
{
    private const int BytesPerStatement = 1 << 20;

    /// <summary>The error of a link whose policy is to stop: it shows the row.</summary>
    public OmsException Stop(string link) =>
        new(
            StopId,
            OmsErrorKind.DataConflict,
            $"Link '{link}' met a conflict ({Kind}) in {Table.Destination} at {Table.ToJson(Key, Table.Key)} and has stopped before it, as its policy says. "
                + $"At the source the row was {Shown(Before)} and became {Shown(After)}; at the destination it is {Shown(Current)}.",
            $"Choose a version with {HostCommand.ChooseVersion(link)}, or make the row at the destination what it was at the source before, then start the link again.",
            new StoppedConflict(Table.Destination.ToString(), Table.ToJson(Key, Table.Key), Kind, Json(Before), Json(After), Json(Current))
        );

    /// <summary>The error of a link that is not active-active, at a row that has no place beside another one.</summary>
    public OmsException StopAtClash(string link)
    {
        var key = Table.ToJson(Key, Table.Key);
        return new(
            ClashId,
            OmsErrorKind.DataConflict,
            $"Link '{link}' met a row of the source that has no place at the destination and has stopped before it, so that no row is lost: {Table.Destination} at {key} is {Shown(After ?? Before)} at the source, "
                + $"and by a unique key of the destination it is the same as another row there, {Shown(Current)}.",
            "Give the destination's key the columns and the collation that the source's has, or change or delete the row that is in the way if it is not the source's, then start the link again: it goes on from where it was. "
                + $"Or decide for this row, at the cost of the other one: {HostCommand.ChooseVersion(link)}.",
            new StoppedConflict(Table.Destination.ToString(), key, Kind, Json(Before), Json(After), Json(Current)) { IsClash = true }
        );
    }

    public const string StopId = "ConflictStop",
        ClashId = "UniqueClashStop";

    /// <summary>Whether an error is a conflict that stops the link, whichever.</summary>
    public static bool IsStop(Exception error) => error is OmsException { Id: StopId or ClashId };

    /// <summary>Adds the rows of <c>oms.conflict</c>.</summary>
    /// <param name="link">The link under whose name they are recorded.</param>
    public static void AddInsert(SqlText sql, string database, string link, IReadOnlyList<FoundConflict> conflicts)
    {
        var start = -BytesPerStatement;
        foreach (var c in conflicts)
        {
            if (sql.Length - start >= BytesPerStatement)
            {
                start = sql.Length;
                sql.Begin(
                    $"INSERT INTO {new TableName(database, "conflict").Sql} (link, detected, sequence, db, tbl, row_key, kind, before_image, after_image, current_image, policy, resolution) VALUES ("
                );
            }
            else
            {
                sql.Add(",(");
            }
            sql.Add(Quote(link))
                .Add(", UTC_TIMESTAMP(6), ")
                .Add(c.Sequence.ToString(CultureInfo.InvariantCulture))
                .Add(", ")
                .Add(Quote(c.Table.Destination.Database))
                .Add(", ")
                .Add(Quote(c.Table.Destination.Table))
                .Add(", ")
                .Add(Quote(c.Table.ToJson(c.Key, c.Table.Key)))
                .Add(", ")
                .Add(Quote(c.Kind.ToString()))
                .Add(", ")
                .Add(c.Image(c.Before))
                .Add(", ")
                .Add(c.Image(c.After))
                .Add(", ")
                .Add(c.Image(c.Current))
                .Add(", ")
                .Add(Quote(c.Policy.ToString()))
                .Add(", ")
                .Add(c.SourceWins ? "'Applied')" : "'Kept')");
        }
    }

    private string Image(byte[]? row) => Json(row) is { } json ? Quote(json) : "NULL";

    private string Shown(byte[]? row) => Json(row) ?? "not there";

    private string? Json(byte[]? row) => row is null ? null : Table.ToJson(row);

    private static string Quote(string text) => SqlLiteral.Quote(text);
}
