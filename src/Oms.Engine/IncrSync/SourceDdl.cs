using Oms.MySql.Replication;
using Oms.MySql.Schema;

namespace Oms.IncrSync;

/// <summary>A DDL statement of the source that concerns this link, and what is to be done about it.</summary>
/// <param name="Start">Where it stands in the source's log.</param>
/// <param name="End">The position behind it and, of a CREATE TABLE … SELECT, behind its rows.</param>
/// <param name="Time">When the source ran it, in UTC.</param>
/// <param name="IsOwn">The engine ran it, on another link: the destination has it already.</param>
internal sealed record SourceDdl(SchemaStatement Statement, DdlPlan Plan, BinlogPosition Start, BinlogPosition End, DateTime Time, bool IsOwn)
{
    /// <summary>The statement as it may be shown.</summary>
    public string Shown => ShownStatement.Of(Statement.Sql);
}
