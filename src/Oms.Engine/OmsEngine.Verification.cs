using System.Runtime.CompilerServices;
using Oms.Links;
using Oms.Metadata;
using Oms.Objects;
using Oms.Schema;
using Oms.Verification;

namespace Oms;

public sealed partial class OmsEngine
{
    /// <summary>Verifies the project's tables by checksums, one result a table as it is done; rows that differ are looked at again before
    /// they count.</summary>
    /// <param name="tables">Only these of the project's tables, as <c>db.table</c>; null or empty: all.</param>
    /// <param name="includeRows">Whether each difference that is named holds the rows of both sides.</param>
    /// <exception cref="OmsException">ProjectNotFound, VerificationNeedsAllDml, TableNotSelected, SchemaMismatch, VerificationFailed, and
    /// what selecting the project's objects throws.</exception>
    public async IAsyncEnumerable<TableConsistency> TestConsistencyAsync(
        string project,
        IReadOnlyList<string>? tables = null,
        bool includeRows = false,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var definition = GetProject(project);
        if (definition.Dml != DmlTypes.All)
            throw new OmsException(
                "VerificationNeedsAllDml",
                OmsErrorKind.InvalidState,
                $"Project '{definition.Name}' synchronizes {definition.Dml} only: its two sides differ, and verification cannot tell whether they should.",
                "Verify with a project that synchronizes Insert, Update and Delete.",
                definition.Name
            );
        var (from, to) = (GetDataSource(definition.Source), GetDataSource(definition.Destination));
        var (source, destination) = (SessionOptions(from), SessionOptions(to));
        var pairs = await TablePairsAsync(definition, tables, cancellationToken);
        var options = new VerificationOptions { IncludeRows = includeRows }.Between(from, to);
        // While a link between the two runs, rows may be on their way.
        var links = new RunningLinks(_metadata, Connections, definition);
        var verification = new FullVerification(links.Now.Count > 0 ? options : options.WhenIdle(), links.CarriedAsync);
        await foreach (var result in verification.RunAsync(definition.Name, source, destination, pairs, cancellationToken))
            yield return result;
    }

    private async Task<IReadOnlyList<TablePair>> TablePairsAsync(
        Project project,
        IReadOnlyList<string>? only,
        CancellationToken cancellationToken
    )
    {
        var selection = await Connections.AskAsync(
            project.Source,
            (source, stop) => ObjectSelection.ResolveAsync(source, project, stop),
            cancellationToken
        );
        var (rules, selected) = (selection.Rules, selection.Tables);
        if (only is { Count: > 0 })
        {
            var names = selected.ToLookup(t => t.Name.ToString());
            selected =
            [
                .. only.Distinct()
                    .SelectMany(name =>
                        names.Contains(name)
                            ? names[name]
                            : throw new OmsException(
                                "TableNotSelected",
                                OmsErrorKind.NotFound,
                                $"Project '{project.Name}' has no table {name}.",
                                "Name tables as db.table, as the project selects them.",
                                name
                            )
                    ),
            ];
            // Tables that go to one are verified together.
            var destinations = selected.Select(t => rules.DestinationOf(t.Name)).ToHashSet();
            selected = [.. selection.Tables.Where(t => destinations.Contains(rules.DestinationOf(t.Name)))];
        }

        return await Connections.AskAsync(
            project.Destination,
            (destination, stop) => TablePairs.MatchAsync(rules, selected, destination, null, stop),
            cancellationToken
        );
    }
}
