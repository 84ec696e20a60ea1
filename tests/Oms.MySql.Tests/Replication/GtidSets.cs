using FsCheck;
using FsCheck.Fluent;
using Oms.MySql.Binlog;

namespace Oms.MySql.Tests.Replication;

/// <summary>Generated sets of a few sources or domains, so that they meet each other; found by FsCheck's properties.</summary>
public static class GtidSets
{
    private static readonly Guid[] s_uuids =
    [
        new("00000000-0000-0000-0000-000000000001"),
        new("7fffffff-8000-7fff-ff00-0000000000ff"),
        new("ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ];
    private static readonly string[] s_tags = ["", "a", "b_1", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"];

    private static readonly Gen<MySqlGtid> s_mySqlGtid =
        from uuid in Gen.Elements(s_uuids)
        from tag in Gen.Elements(s_tags)
        from number in Gen.Choose(1, 24)
        select new MySqlGtid(uuid, tag, (ulong)number);

    private static readonly Gen<MariaDbGtid> s_mariaDbGtid =
        from domain in Gen.Choose(0, 2)
        from server in Gen.Choose(1, 3)
        from sequence in Gen.Choose(1, 30)
        select new MariaDbGtid((uint)domain, (uint)server, (ulong)sequence);

    public static Arbitrary<MySqlGtid> MySqlGtid() => s_mySqlGtid.ToArbitrary();

    public static Arbitrary<MySqlGtidSet> MySqlGtidSet() =>
        s_mySqlGtid
            .ListOf()
            .Select(gtids => gtids.Aggregate(Oms.MySql.Binlog.MySqlGtidSet.Empty, (set, gtid) => set.Add(gtid)))
            .ToArbitrary();

    public static Arbitrary<MariaDbGtid> MariaDbGtid() => s_mariaDbGtid.ToArbitrary();

    /// <summary>As servers in strict mode make them: in a domain sequence numbers ascend.</summary>
    public static Arbitrary<MariaDbGtidSet> MariaDbGtidSet() =>
        s_mariaDbGtid
            .ListOf()
            .Select(gtids =>
                gtids
                    .OrderBy(g => g.Sequence)
                    .ThenBy(g => g.ServerId)
                    .Aggregate(Oms.MySql.Binlog.MariaDbGtidSet.Empty, (set, gtid) => set.Add(gtid))
            )
            .ToArbitrary();
}
