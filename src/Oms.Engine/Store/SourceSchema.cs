using Oms.MySql.Binlog;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Schema;

namespace Oms.Store;

/// <summary>The source's schema at each position of its log, kept beside the Store of a link.</summary>
internal static class SourceSchema
{
    private const string FileName = "schema.history";

    /// <summary>Where the history stands.</summary>
    public static string PathIn(string directory) => Path.Combine(directory, FileName);

    /// <summary>Opens the history of a link's source.</summary>
    /// <param name="isNew">The link begins: what an earlier one of its name may have left does not count.</param>
    /// <exception cref="OmsException">StoreInUse, StoreDamaged</exception>
    public static SchemaHistory Open(string directory, bool isNew, string link)
    {
        Directory.CreateDirectory(directory);
        var path = PathIn(directory);
        try
        {
            if (isNew)
                File.Delete(path);
            return SchemaHistory.Open(path);
        }
        catch (InvalidDataException e)
        {
            throw new OmsException(
                "StoreDamaged",
                OmsErrorKind.InvalidState,
                e.Message,
                $"If the source's tables are still as they were when link '{link}' stopped, delete {path} and resume: it is made anew from the source's schema of now.",
                link,
                e
            );
        }
        catch (IOException e)
        {
            throw new OmsException(
                "StoreInUse",
                OmsErrorKind.InvalidState,
                $"The Store of link '{link}' can't be opened: {e.Message}",
                "End the other process that still runs this link, then start it again.",
                link,
                e
            );
        }
    }

    /// <summary>A table as it was at a position; null where that is not known.</summary>
    public static TableSchema? At(SchemaHistory history, TableSchema table, BinlogPosition position) =>
        history.Find(table.Name.Database, table.Name.Table, position) is { Knowledge: SchemaKnowledge.Known, Columns: var columns }
            ? table.WithColumns(columns)
            : null;
}
