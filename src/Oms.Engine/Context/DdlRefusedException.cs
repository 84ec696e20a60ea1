namespace Oms.Context;

/// <summary>A statement can't be synchronized; caught where it becomes the link's error.</summary>
internal sealed class DdlRefusedException(string position, string statement, string reason, Exception? inner = null)
    : Exception(reason, inner)
{
    public string Position { get; } = position;
    public string Statement { get; } = statement;
}
