using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Oms.MySql;

/// <summary>The parameters of a command.</summary>
[SuppressMessage("Design", "CA1010", Justification = "DbParameterCollection is the collection that it is.")]
public sealed class MySqlParameterCollection : DbParameterCollection
{
    private readonly List<MySqlParameter> _parameters = [];

    internal MySqlParameterCollection() { }

    public override int Count => _parameters.Count;

    public override object SyncRoot => _parameters;

    public new MySqlParameter this[int index]
    {
        get => _parameters[index];
        set => _parameters[index] = value;
    }

    public new MySqlParameter this[string name]
    {
        get => (MySqlParameter)GetParameter(name);
        set => SetParameter(name, value);
    }

    public MySqlParameter AddWithValue(string name, object? value) => Add(new MySqlParameter(name, value));

    public MySqlParameter Add(MySqlParameter parameter)
    {
        _parameters.Add(parameter);
        return parameter;
    }

    public override int Add(object value)
    {
        Add(Cast(value));
        return _parameters.Count - 1;
    }

    public override void AddRange(Array values)
    {
        foreach (var value in values)
            Add(value);
    }

    public override void Clear() => _parameters.Clear();

    public override bool Contains(object value) => value is MySqlParameter parameter && _parameters.Contains(parameter);

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_parameters).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _parameters.GetEnumerator();

    public override int IndexOf(object value) => value is MySqlParameter parameter ? _parameters.IndexOf(parameter) : -1;

    public override int IndexOf(string parameterName) => IndexOf(MySqlParameter.BareNameOf(parameterName));

    public override void Insert(int index, object value) => _parameters.Insert(index, Cast(value));

    public override void Remove(object value) => _parameters.Remove(Cast(value));

    public override void RemoveAt(int index) => _parameters.RemoveAt(index);

    public override void RemoveAt(string parameterName) => _parameters.RemoveAt(Find(parameterName));

    protected override DbParameter GetParameter(int index) => _parameters[index];

    protected override DbParameter GetParameter(string parameterName) => _parameters[Find(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => _parameters[index] = Cast(value);

    protected override void SetParameter(string parameterName, DbParameter value) => _parameters[Find(parameterName)] = Cast(value);

    internal int IndexOf(ReadOnlySpan<char> bareName)
    {
        for (var i = 0; i < _parameters.Count; i++)
        {
            if (bareName.Equals(_parameters[i].BareName, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }

    private int Find(string name) =>
        IndexOf(name) is >= 0 and var index ? index : throw new ArgumentException($"There is no parameter '{name}'.", nameof(name));

    private static MySqlParameter Cast(object value) =>
        value as MySqlParameter
        ?? throw new InvalidCastException($"A parameter of a MySqlCommand is a MySqlParameter, not {value?.GetType().Name ?? "null"}.");
}
