using System.Data;
using System.Data.Common;
using System.Globalization;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>What the server tells of a result's column.</summary>
internal sealed class MySqlDbColumn : DbColumn
{
    public MySqlDbColumn(ResultColumn column, int ordinal, ValueOptions options)
    {
        var flags = (ColumnFlags)column.Flags;
        var type = ColumnValue.TypeOf(column, options);
        ColumnName = column.Name;
        ColumnOrdinal = ordinal;
        BaseCatalogName = "def";
        BaseSchemaName = column.Database;
        BaseTableName = column.BaseTable;
        BaseColumnName = column.BaseName;
        IsAliased = column.BaseName.Length > 0 && column.Name != column.BaseName;
        IsExpression = column.BaseName.Length == 0;
        IsReadOnly = column.BaseTable.Length == 0;
        IsHidden = false;
        IsIdentity = flags.HasFlag(ColumnFlags.AutoIncrement);
        DataType = type;
        DataTypeName = ColumnValue.TypeNameOf(column);
        ColumnSize = (int)Math.Min(ColumnValue.SizeOf(column), int.MaxValue);
        // The length of a DECIMAL counts its sign and its point.
        NumericPrecision =
            type == typeof(decimal) ? (int)column.Length - (ColumnValue.IsUnsigned(column) ? 0 : 1) - (column.Decimals > 0 ? 1 : 0) : null;
        NumericScale = type == typeof(decimal) ? column.Decimals : null;
        AllowDBNull = !flags.HasFlag(ColumnFlags.NotNull);
        IsAutoIncrement = flags.HasFlag(ColumnFlags.AutoIncrement);
        IsKey = flags.HasFlag(ColumnFlags.PrimaryKey);
        IsUnique = flags.HasFlag(ColumnFlags.UniqueKey);
        IsLong = (ColumnType)column.Type is ColumnType.TinyBlob or ColumnType.Blob or ColumnType.MediumBlob or ColumnType.LongBlob;
    }

    /// <summary>The columns in the old form, which DataTable.Load asks for.</summary>
    public static DataTable Table(IReadOnlyList<DbColumn> columns)
    {
        var table = new DataTable("SchemaTable") { Locale = CultureInfo.InvariantCulture };
        (string Name, Type Type, Func<DbColumn, object?> Value)[] fields =
        [
            (SchemaTableColumn.ColumnName, typeof(string), c => c.ColumnName),
            (SchemaTableColumn.ColumnOrdinal, typeof(int), c => c.ColumnOrdinal),
            (SchemaTableColumn.ColumnSize, typeof(int), c => c.ColumnSize),
            (SchemaTableColumn.NumericPrecision, typeof(int), c => c.NumericPrecision),
            (SchemaTableColumn.NumericScale, typeof(int), c => c.NumericScale),
            (SchemaTableColumn.DataType, typeof(Type), c => c.DataType),
            ("DataTypeName", typeof(string), c => c.DataTypeName),
            (SchemaTableColumn.AllowDBNull, typeof(bool), c => c.AllowDBNull),
            (SchemaTableColumn.IsLong, typeof(bool), c => c.IsLong),
            (SchemaTableColumn.IsAliased, typeof(bool), c => c.IsAliased),
            (SchemaTableColumn.IsExpression, typeof(bool), c => c.IsExpression),
            (SchemaTableOptionalColumn.IsReadOnly, typeof(bool), c => c.IsReadOnly),
            (SchemaTableOptionalColumn.IsAutoIncrement, typeof(bool), c => c.IsAutoIncrement),
            ("IsIdentity", typeof(bool), c => c.IsIdentity),
            (SchemaTableColumn.IsKey, typeof(bool), c => c.IsKey),
            (SchemaTableColumn.IsUnique, typeof(bool), c => c.IsUnique),
            (SchemaTableOptionalColumn.BaseCatalogName, typeof(string), c => c.BaseCatalogName),
            (SchemaTableColumn.BaseSchemaName, typeof(string), c => c.BaseSchemaName),
            (SchemaTableColumn.BaseTableName, typeof(string), c => c.BaseTableName),
            (SchemaTableColumn.BaseColumnName, typeof(string), c => c.BaseColumnName),
        ];
        foreach (var (name, type, _) in fields)
            table.Columns.Add(name, type);
        foreach (var column in columns)
            table.Rows.Add([.. fields.Select(f => f.Value(column) ?? DBNull.Value)]);
        return table;
    }
}
