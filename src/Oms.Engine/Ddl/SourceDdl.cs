using Oms.MySql.Binlog;
using Oms.MySql.Ddl;

namespace Oms.Ddl;

/// <summary>A DDL statement of the source that concerns this link, and what is to be done about it.</summary>
/// <param name="Start">Where it stands in the source's log.</param>
/// <param name="End">The position from which the link goes on once it is done. Of a CREATE TABLE … SELECT that is carried out this is its
/// start: its rows, which follow, are a transaction like others.</param>
/// <param name="Behind">The position behind the statement itself, from which on its tables are as it makes them.</param>
/// <param name="Time">When the source ran it, in UTC.</param>
/// <param name="IsOwn">The engine ran it, on another link: the destination has it already.</param>
internal sealed record SourceDdl(
    SchemaStatement Statement,
    DdlPlan Plan,
    BinlogPosition Start,
    BinlogPosition End,
    BinlogPosition Behind,
    DateTime Time,
    bool IsOwn
)
{
    /// <summary>Its rows stand behind it in the log, in its own transaction.</summary>
    public bool HasRows => End == Start;

    /// <summary>The statement as it may be shown.</summary>
    public string Shown => ShownStatement.Of(Statement.Sql);
}
