namespace Oms.MySql.Ddl;

// CREATE INDEX, and what it and DROP INDEX end with.
internal sealed partial class DdlParser
{
    private DdlStatement.AlterTable CreateIndex(bool isReplace)
    {
        var start = Taken;
        var isUnique = TryTake("UNIQUE");
        if (!isUnique && !IsWord("INDEX") && !TryTakeAny("FULLTEXT", "SPATIAL", "VECTOR"))
            throw NotUnderstood();
        Expect("INDEX");
        var mayBeThere = TryTake("IF", "NOT", "EXISTS");
        var name = Name();
        TryIndexType();
        Expect("ON");
        var table = Named(Table());
        TryLeaveOut(Wait);
        var parts = KeyParts();
        KeyOptions();
        var clauses = new List<AlterClause>();
        if (isReplace)
            DropKey(clauses, name);
        if (isUnique && _dialect.IsMariaDb)
            clauses.Add(
                new AlterClause.AddKeys(
                    KeyClauses.None with
                    {
                        UniqueKeys = [new KeySyntax(name, parts, UsesHash(start)) { MayBeThere = mayBeThere }],
                    }
                )
            );
        return IndexEnd(table, clauses);
    }

    // CREATE and DROP INDEX: how the server is to go about it.
    private DdlStatement.AlterTable IndexEnd(TableReference table, IReadOnlyList<AlterClause> clauses)
    {
        while (TryLeaveOut(() => Manner() || Wait())) { }
        ExpectEnd();
        return new DdlStatement.AlterTable(table, false, clauses);
    }
}
