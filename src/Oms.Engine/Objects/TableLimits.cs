using Oms.MySql;

namespace Oms.Objects;

/// <summary>What a table must be like to be followed.</summary>
internal static class TableLimits
{
    /// <summary>Tables of other engines than InnoDB change beside their transactions. OceanBase has one engine and takes any name.</summary>
    public static bool IsTransactional(string storageEngine, bool isOceanBase) =>
        isOceanBase || storageEngine.Equals("InnoDB", StringComparison.OrdinalIgnoreCase);

    /// <summary>A rounded number does not find its row again, and MySQL does not find a SET by a number of more than 63 bits.</summary>
    public static bool CannotNameARow(ColumnShape column) =>
        column.DataType is "float" or "double" || (column.DataType == "set" && column.ColumnType.Count(c => c == ',') >= 63);
}
