using FsCheck;
using FsCheck.Fluent;
using Oms.Integration.Tests.Servers;

namespace Oms.Integration.Tests.Binlog;

/// <summary>A generated table: 1 to 40 columns of any types, in any order, and rows of values and NULLs.</summary>
internal sealed record RoundTripTable(IReadOnlyList<RoundTripColumn> Columns, IReadOnlyList<byte[]?[]> Rows)
{
    public const int RowCount = 150;
    private const int MostColumns = 40,
        WidestInnoDbRow = 7500;

    // What does not fit into a page of InnoDB is MyISAM's: the log does not know engines.
    public string CreateSql =>
        $"CREATE TABLE t (id INT PRIMARY KEY{string.Concat(Columns.Select((c, i) => $", c{i} {c.Definition}"))}) ENGINE={(Columns.Sum(c => c.Width) < WidestInnoDbRow ? "InnoDB" : "MyISAM")}";

    public static Gen<RoundTripTable> Of(ServerFlavourName flavour) =>
        from count in Gen.Choose(1, MostColumns)
        from columns in RoundTripColumn.Of(flavour).ArrayOf(count)
        from values in Gen.CollectToArray(
            columns,
            c => Gen.Frequency((1, Gen.Constant((byte[]?)null)), (7, c.Values.Select(v => (byte[]?)v))).ArrayOf(RowCount)
        )
        select new RoundTripTable(
            columns,
            [.. Enumerable.Range(0, RowCount).Select(row => values.Select(column => column[row]).ToArray())]
        );

    public override string ToString() => CreateSql;
}
