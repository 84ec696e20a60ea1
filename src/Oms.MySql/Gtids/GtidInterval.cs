using System.Globalization;

namespace Oms.MySql.Binlog;

/// <summary>Transaction numbers of one source, from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal readonly record struct GtidInterval(ulong First, ulong Last)
{
    /// <summary>The greatest number that a server gives.</summary>
    public const ulong MaxNumber = long.MaxValue - 1;

    public override string ToString() =>
        First == Last ? First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    /// <summary>Brings intervals in any order into the one form that a set of numbers has: ascending, with a gap between each
    /// two.</summary>
    public static GtidInterval[] Normalize(IEnumerable<GtidInterval> intervals)
    {
        var merged = new List<GtidInterval>();
        foreach (var next in intervals.OrderBy(i => i.First))
        {
            if (merged.Count > 0 && next.First <= merged[^1].Last + 1)
                merged[^1] = merged[^1] with { Last = Math.Max(merged[^1].Last, next.Last) };
            else
                merged.Add(next);
        }
        return [.. merged];
    }

    // The operations below take and give normal forms.

    public static GtidInterval[] Union(GtidInterval[] left, GtidInterval[] right)
    {
        // The transactions of a stream come one by one, and mostly in order.
        if (left.Length > 0 && right is [var only] && only.First == left[^1].Last + 1)
            return [.. left[..^1], left[^1] with { Last = only.Last }];
        return Normalize(left.Concat(right));
    }

    public static GtidInterval[] Subtract(GtidInterval[] left, GtidInterval[] right)
    {
        var rest = new List<GtidInterval>();
        var at = 0;
        foreach (var interval in left)
        {
            var first = interval.First;
            while (at < right.Length && right[at].Last < first)
                at++;
            for (var i = at; i < right.Length && right[i].First <= interval.Last; i++)
            {
                if (right[i].First > first)
                    rest.Add(new GtidInterval(first, right[i].First - 1));
                first = right[i].Last + 1;
            }
            if (first <= interval.Last)
                rest.Add(interval with { First = first });
        }
        return [.. rest];
    }

    public static bool Contains(GtidInterval[] intervals, ulong number)
    {
        int low = 0,
            high = intervals.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (intervals[middle].Last < number)
                low = middle + 1;
            else if (intervals[middle].First > number)
                high = middle - 1;
            else
                return true;
        }
        return false;
    }
}
