// Contracts of parts that are being written; this file goes when they have landed.
#pragma warning disable
using Oms.MySql;
using Oms.Schema;

namespace Oms.Objects
{
    internal sealed record LeftOutObject(string Name, string Reason);
    internal sealed record ObjectSelection(IReadOnlyList<TableSchema> Tables, IReadOnlyList<TableName> Views, IReadOnlyList<LeftOutObject> LeftOut)
    {
        public static Task<ObjectSelection> ResolveAsync(MySqlConnection source, Project project, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
}

namespace Oms.Schema
{
    internal static class SchemaReader
    {
        public static Task<IReadOnlyList<TableSchema>> ReadAsync(MySqlConnection connection, IReadOnlyList<TableName> tables, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
    internal static class SchemaMigration
    {
        public static Task RunAsync(MySqlConnection source, MySqlConnection destination, Oms.Objects.ObjectSelection selection, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
    internal static class TablePairs
    {
        public static Task<IReadOnlyList<TablePair>> MatchAsync(IReadOnlyList<TableSchema> source, MySqlConnection destination, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
}

namespace Oms.FullImport
{
    internal sealed class FullImport
    {
        public Task RunAsync(LinkContext context, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
}

namespace Oms.Verification
{
    internal sealed class Verification
    {
        public IAsyncEnumerable<TableConsistency> RunAsync(LinkContext context, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
}

namespace Oms
{
    public sealed partial class OmsEngine
    {
        internal Task RequirePrecheckAsync(string project, CancellationToken cancellationToken) => throw new NotImplementedException();
    }
}
