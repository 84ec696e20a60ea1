namespace Oms.Links.Steps;

/// <summary>Whether a run is to move its link to another log of the source, if it has to; done once.</summary>
internal sealed class MoveWish
{
    public bool IsWanted { get; set; }
}
