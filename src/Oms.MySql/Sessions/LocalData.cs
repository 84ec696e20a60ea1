namespace Oms.MySql.Packets;

/// <summary>What is sent when a LOAD DATA LOCAL asks for a file of a name that was made up for it.</summary>
/// <param name="Name">The only name that is served.</param>
/// <param name="SendAsync">Writes the content in parts, none of them empty or longer than the server's <c>max_allowed_packet</c>.</param>
internal sealed record LocalData(string Name, Func<Func<ReadOnlyMemory<byte>, ValueTask>, Task> SendAsync);
