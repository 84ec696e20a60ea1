namespace Oms.Monitoring;

/// <summary>The link must begin again at the destination's checkpoint.</summary>
/// <param name="careful">The next attempt goes change by change.</param>
internal sealed class RestartException(Exception inner, bool careful) : Exception(inner.Message, inner)
{
    public bool Careful { get; } = careful;
}
