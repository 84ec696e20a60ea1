using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Oms.MySql.Protocol;

namespace Oms.MySql;

/// <summary>One statement of a batch, with its own parameters.</summary>
public sealed class MySqlBatchCommand : DbBatchCommand
{
    private int _recordsAffected = -1;

    public MySqlBatchCommand()
        : this("") { }

    public MySqlBatchCommand(string commandText) => CommandText = commandText;

    [AllowNull]
    public override string CommandText
    {
        get;
        set => field = value ?? "";
    } = "";

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Anything but text.</exception>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new NotSupportedException(
                    $"CommandType {value} is not supported. Call a procedure with the text CALL name(…), read a table with SELECT."
                );
        }
    }

    /// <summary>Rows that the statement affected; -1 if it has not run or is not of that kind.</summary>
    public override int RecordsAffected => _recordsAffected;

    /// <summary>The AUTO_INCREMENT value that the statement made; 0 if none.</summary>
    public long LastInsertedId { get; private set; }

    public new MySqlParameterCollection Parameters { get; } = new();

    public override bool CanCreateParameter => true;

    protected override DbParameterCollection DbParameterCollection => Parameters;

    public override MySqlParameter CreateParameter() => new();

    internal void Clear() => (_recordsAffected, LastInsertedId) = (-1, 0);

    internal void Took(OkPacket ok)
    {
        _recordsAffected = (int)Math.Min(Math.Max(_recordsAffected, 0) + ok.AffectedRows, int.MaxValue);
        if (ok.LastInsertId != 0)
            LastInsertedId = ok.LastInsertId;
    }
}
