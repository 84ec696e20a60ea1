using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Oms.MySql;

/// <summary>A value that goes into a command in place of <c>@name</c> (or, in order, of <c>?</c>). Only input.</summary>
public sealed class MySqlParameter : DbParameter
{
    private string _name = "";

    public MySqlParameter() { }

    public MySqlParameter(string name, object? value) => (ParameterName, Value) = (name, value);

    /// <inheritdoc/>
    public override DbType DbType { get; set; } = DbType.Object;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Anything but input.</exception>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
                throw new NotSupportedException(
                    $"Parameter '{ParameterName}': {value} is not supported. Return values with SELECT, through user variables if need be."
                );
        }
    }

    public override bool IsNullable { get; set; }

    /// <summary>The name, with or without <c>@</c>; not case-sensitive.</summary>
    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set => _name = value ?? "";
    }

    /// <summary>Not used: values are sent whole.</summary>
    public override int Size { get; set; }

    [AllowNull]
    public override string SourceColumn { get; set; } = "";
    public override bool SourceColumnNullMapping { get; set; }
    public override DataRowVersion SourceVersion { get; set; } = DataRowVersion.Current;

    /// <summary>Null and <see cref="DBNull"/> are NULL.</summary>
    public override object? Value { get; set; }

    /// <inheritdoc/>
    public override void ResetDbType() => DbType = DbType.Object;

    internal ReadOnlySpan<char> BareName => BareNameOf(_name);

    internal static ReadOnlySpan<char> BareNameOf(string name) => name.StartsWith('@') || name.StartsWith('?') ? name.AsSpan(1) : name;
}
