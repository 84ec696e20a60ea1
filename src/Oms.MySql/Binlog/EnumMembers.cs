using System.Text;

namespace Oms.MySql.Binlog;

/// <summary>The members of an ENUM or SET: a log that lists them shows whether the numbers in its rows mean what the schema says.</summary>
internal static class EnumMembers
{
    /// <summary>
    /// Whether a declared type such as <c>enum('a','it''s')</c> has these members. Those that are not plain ASCII count as equal: the log
    /// has them in the column's character set (of two or four bytes a character, some with a zero), and servers differ in how they show a
    /// backslash.
    /// </summary>
    public static bool AreThose(string columnType, IReadOnlyList<byte[]> members)
    {
        var declared = Read(columnType);
        return declared.Count == members.Count
            && declared
                .Zip(members)
                .All(pair =>
                    !Ascii.IsValid(pair.Second)
                    || pair.Second.Contains((byte)0)
                    || !Ascii.IsValid(pair.First)
                    || pair.First.Contains('\\', StringComparison.Ordinal)
                    || pair.First == Encoding.ASCII.GetString(pair.Second)
                );
    }

    /// <summary>How many members a declared type has.</summary>
    public static int Count(string columnType) => Read(columnType).Count;

    private static List<string> Read(string columnType)
    {
        var members = new List<string>();
        for (var at = columnType.IndexOf('\''); at >= 0; at = columnType.IndexOf('\'', at))
        {
            var member = new StringBuilder();
            for (at++; at < columnType.Length; at++)
            {
                if (columnType[at] == '\'' && (at + 1 >= columnType.Length || columnType[++at] != '\''))
                    break;
                member.Append(columnType[at]);
            }
            members.Add(member.ToString());
        }
        return members;
    }
}
