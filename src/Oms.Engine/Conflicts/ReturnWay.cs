using Oms.MySql.Binlog;

namespace Oms.Conflicts;

/// <summary>The links that carry changes of a link's destination back to its source, in order.</summary>
/// <param name="Partner">The link that goes straight back, when there is one.</param>
internal sealed record ReturnWay(string? Partner, IReadOnlyList<ReturnLink> Links);

/// <param name="Source">Its data source.</param>
/// <param name="Applied">How far it is in that one's log.</param>
internal sealed record ReturnLink(string Source, BinlogPosition? Applied);
