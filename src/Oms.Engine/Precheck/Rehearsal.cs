using System.Text.RegularExpressions;
using Oms.MySql;
using Oms.MySql.Ddl;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Precheck;

/// <summary>
/// Asks the destination's own parser what schema migration would be refused: by PREPARE, which reads a statement in full (types,
/// collations, engines, functions, clauses) and runs nothing. What only its execution finds (a key that is too long, a row that is too
/// large) it does not tell.
/// </summary>
internal sealed partial class Rehearsal(RowSession destination)
{
    private const string Name = "oms_rehearsal";

    // What is not there yet, a right that an item of its own asks for, what this server can't prepare.
    private static readonly HashSet<int> s_silent = [1044, 1046, 1049, 1050, 1142, 1146, 1227, 1295, 1370, 1449, 1461, 1615, 1824];

    private readonly List<string> _notes = [];

    /// <summary>What the destination will make otherwise than the source has it, of the tables that were asked for.</summary>
    public IReadOnlyList<string> Notes => _notes;

    private readonly Dictionary<string, string?> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What each of the tables would be refused for.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync(
        RowSession source,
        ObjectRules rules,
        IEnumerable<TableSchema> tables,
        CancellationToken cancellationToken
    )
    {
        await BeginAsync(cancellationToken);
        var (from, to) = (
            await ServerCatalogueReader.ReadAsync(source, cancellationToken),
            await ServerCatalogueReader.ReadAsync(destination, cancellationToken)
        );
        var refused = new List<string>();
        foreach (var table in tables)
        {
            if (await ShowAsync(source, table.Name, cancellationToken) is not { } ddl)
                continue;
            var printed = TableDdl.Print(ddl, table, from, rules, to);
            _notes.AddRange((printed as PrintedStatement.Sql)?.Notes.Select(n => $"{table.Name}: {n}") ?? []);
            if (
                (
                    printed is PrintedStatement.Sql { Text: var sql }
                        ? await RefusalAsync(sql, cancellationToken)
                        : ((PrintedStatement.Refused)printed).Reason
                ) is
                { } reason
            )
                refused.Add($"{table.Name}: {reason}");
        }
        return refused;
    }

    /// <summary>What a view would be refused for; null when nothing is known.</summary>
    public async Task<string?> ViewAsync(SourceView view, IReadOnlySet<string> collations, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        if (ViewRules.MissingCollation(view, collations) is { } missing)
            return missing;
        // Its tables need not be there yet, so that nothing behind them is looked at.
        foreach (var function in view.Statement.Functions.Where(f => FunctionName().IsMatch(f)))
        {
            if (!_functions.TryGetValue(function, out var unknown))
                _functions[function] = unknown = await RefusalAsync($"SELECT {function}()", cancellationToken, isCall: true);
            if (unknown is not null)
                return unknown;
        }
        return await RefusalAsync(view.Statement.Create(Name, replace: false, destination.Flavour), cancellationToken);
    }

    // A database that every server has, so that it is told which function is unknown.
    private Task<long> BeginAsync(CancellationToken cancellationToken) =>
        destination.ExecuteAsync("USE information_schema", cancellationToken);

    /// <param name="isCall">Whether only an unknown function counts: with how many arguments it is called is not asked.</param>
    private async Task<string?> RefusalAsync(string sql, CancellationToken cancellationToken, bool isCall = false)
    {
        try
        {
            await destination.ExecuteAsync($"PREPARE {Name} FROM {SqlLiteral.Quote(sql)}", cancellationToken);
            await destination.ExecuteAsync($"DEALLOCATE PREPARE {Name}", cancellationToken);
            return null;
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            return e.Number == ErrorNumber.StoredProgramDoesNotExist
                    ? "it calls a function that the destination does not have: "
                        + e.Message.Replace("information_schema.", "", StringComparison.OrdinalIgnoreCase)
                : isCall || s_silent.Contains(e.Number) ? null
                : e.Message;
        }
    }

    private static async Task<string?> ShowAsync(RowSession source, TableName name, CancellationToken cancellationToken)
    {
        try
        {
            return (await source.QueryRowAsync($"SHOW CREATE TABLE {name.Sql}", cancellationToken))?[1];
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            // Gone meanwhile, or not to be seen: an item of its own, and schema migration says it.
            return null;
        }
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex FunctionName();
}
