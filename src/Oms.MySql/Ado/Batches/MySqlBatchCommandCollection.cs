using System.Data.Common;

namespace Oms.MySql;

/// <summary>The statements of a batch, in the order in which they run.</summary>
public sealed class MySqlBatchCommandCollection : DbBatchCommandCollection
{
    private readonly List<MySqlBatchCommand> _commands = [];

    internal MySqlBatchCommandCollection() { }

    public override int Count => _commands.Count;

    public override bool IsReadOnly => false;

    public new MySqlBatchCommand this[int index]
    {
        get => _commands[index];
        set => _commands[index] = value;
    }

    public MySqlBatchCommand Add(string commandText)
    {
        var command = new MySqlBatchCommand(commandText);
        _commands.Add(command);
        return command;
    }

    public override void Add(DbBatchCommand item) => _commands.Add(Cast(item));

    public override void Clear() => _commands.Clear();

    public override bool Contains(DbBatchCommand item) => item is MySqlBatchCommand command && _commands.Contains(command);

    public override void CopyTo(DbBatchCommand[] array, int arrayIndex) =>
        ((IList<DbBatchCommand>)[.. _commands]).CopyTo(array, arrayIndex);

    public override IEnumerator<DbBatchCommand> GetEnumerator() => _commands.GetEnumerator();

    public override int IndexOf(DbBatchCommand item) => item is MySqlBatchCommand command ? _commands.IndexOf(command) : -1;

    public override void Insert(int index, DbBatchCommand item) => _commands.Insert(index, Cast(item));

    public override bool Remove(DbBatchCommand item) => item is MySqlBatchCommand command && _commands.Remove(command);

    public override void RemoveAt(int index) => _commands.RemoveAt(index);

    protected override DbBatchCommand GetBatchCommand(int index) => _commands[index];

    protected override void SetBatchCommand(int index, DbBatchCommand batchCommand) => _commands[index] = Cast(batchCommand);

    private static MySqlBatchCommand Cast(DbBatchCommand command) =>
        command as MySqlBatchCommand
        ?? throw new InvalidCastException($"A command of a MySqlBatch is a MySqlBatchCommand, not {command?.GetType().Name ?? "null"}.");
}
