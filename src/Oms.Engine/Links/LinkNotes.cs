using Oms.Context;

namespace Oms.Links;

/// <summary>What DDL synchronization tells of a link, kept in its status and in its memory.</summary>
internal static class LinkNotes
{
    private const int ShownPassedDdl = 100;

    public static DdlNotes Of(LinkMemory memory, LinkReport report) =>
        new(
            report.Status.SkippedDdl.Select(s => s.Position).ToHashSet(),
            stopped => report.Set(s => s with { StoppedDdl = stopped }),
            passed =>
                report.Set(s =>
                    s.PassedDdl.Any(p => p.Position == passed.Position)
                        ? s
                        : s with
                        {
                            PassedDdl = [.. s.PassedDdl.TakeLast(ShownPassedDdl - 1), passed],
                        }
                ),
            leftOut =>
            {
                memory.LeftOut = [.. memory.LeftOut, leftOut.Name];
                report.Set(s => s.LeftOut.Contains(leftOut.ToString()) ? s : s with { LeftOut = [.. s.LeftOut, leftOut.ToString()] });
            },
            followed =>
            {
                var leftOut = memory.LeftOut;
                if (!leftOut.Remove(followed))
                    return;
                memory.LeftOut = leftOut;
                report.Set(s => s with { LeftOut = [.. s.LeftOut.Where(l => !l.StartsWith($"{followed}: ", StringComparison.Ordinal))] });
            }
        );
}
