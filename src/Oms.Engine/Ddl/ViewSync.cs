using Oms.Context;
using Oms.Marks;
using Oms.MySql;
using Oms.Objects;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Ddl;

/// <summary>
/// Makes views at the destination that a statement has made, changed or dropped at the source. They are made as they are at the source by
/// then, as schema migration makes them: no text of the log is run. What can't be made is told and stops nothing, for a view has no rows.
/// </summary>
/// <param name="followed">The tables that the link follows.</param>
internal sealed class ViewSync(LinkContext context, ObjectRules rules, IEnumerable<TableName> followed)
{
    /// <param name="passed">Called with why a view is not there, or not as at the source.</param>
    public async Task RunAsync(IReadOnlyList<FollowedTable> views, Action<string> passed, CancellationToken cancellationToken)
    {
        await using var source = await ServerSession.OpenAsync(context.SourceSession, SessionPurpose.Control, cancellationToken);
        await using var destination = await ServerSession.OpenAsync(context.DestinationSession, SessionPurpose.RunDdl, cancellationToken);
        var collations = await SchemaReader.ReadCollationsAsync(destination, cancellationToken);
        var reasons = new List<string>();
        await destination.ExecuteAsync($"USE {TableName.Quote(TxnMark.DefaultDatabase)}", cancellationToken);
        foreach (var view in views)
        {
            try
            {
                if (await SourceView.ReadAsync(source, view.Source, cancellationToken) is not { } read)
                    await destination.ExecuteAsync($"{OriginComment.Text}DROP VIEW IF EXISTS {view.Destination.Sql}", cancellationToken);
                else if (ViewRules.Obstacle(Mapped(read), rules, await CarriedAsync(destination, read, cancellationToken)) is { } obstacle)
                    reasons.Add($"{view.Source}: {obstacle}");
                else if (ViewRules.MissingCollation(Mapped(read), collations) is { } missing)
                    reasons.Add($"{view.Source}: {missing}");
                else
                    await Mapped(read).Fit(collations)!.CreateAsync(destination, view.Destination, replace: true, cancellationToken);
            }
            catch (FormatException e)
            {
                reasons.Add($"{view.Source}: {e.Message}");
            }
            catch (MySqlException e) when (!e.IsTransient)
            {
                reasons.Add($"{view.Source}: {e.Message}");
            }
        }
        if (reasons.Count > 0)
            passed($"views can't be made at the destination ({string.Join("; ", reasons)})");
    }

    private SourceView Mapped(SourceView view) =>
        rules.Charsets.Map(view.CharacterSet, view.Collation) is var (set, collation)
            ? view with
            {
                CharacterSet = set,
                Collation = collation,
            }
            : view;

    /// <summary>The tables that the link follows, and of what the view reads the views that the destination has.</summary>
    private async Task<IReadOnlySet<TableName>> CarriedAsync(RowSession destination, SourceView view, CancellationToken cancellationToken)
    {
        var carried = followed.ToHashSet();
        foreach (
            var name in view
                .Statement.Reads.Select(r => new TableName(r.Database ?? view.Name.Database, r.Name))
                .Where(n => !carried.Contains(n) && rules.IsSelected(n))
                .ToList()
        )
        {
            var there = rules.DestinationOf(name);
            if ((await SchemaReader.ListAsync(destination, there.Database, cancellationToken)).Any(o => o.IsView && o.Name == there))
                carried.Add(name);
        }
        return carried;
    }
}
