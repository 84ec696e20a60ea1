namespace Oms.Marks;

/// <summary>What leads every DDL statement of the engine. Anyone can write it: a reader of the log knows a statement for the engine's when
/// it was run with the mark table's database as the default one, too, which takes rights there.</summary>
internal static class OriginComment
{
    public const string Text = "/* oms */ ";
}
