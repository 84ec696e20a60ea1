using Oms.MySql;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Schema;

/// <summary>Makes the selected views at the destination, behind the tables.</summary>
internal sealed class ViewMigration(RowSession source, RowSession destination, ObjectSelection selection, SchemaProgress objects)
{
    /// <summary>A view may need another one: as long as a round makes one more, the rest gets another. One that the destination refuses,
    /// and that the project does not name, is left out: it has no rows.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var waiting = selection.Views.Where(v => objects[selection.Rules.DestinationOf(v).Database].IsDone).ToList();
        if (waiting.Count == 0)
            return;
        var collations = await SchemaReader.ReadCollationsAsync(destination, cancellationToken);
        for (var before = int.MaxValue; waiting.Count > 0 && waiting.Count < before; )
        {
            before = waiting.Count;
            foreach (var view in waiting)
                await CreateAsync(view, collations, cancellationToken);
            waiting = waiting.Where(v => objects[v.ToString()].Status == SchemaObjectStatus.Failed).ToList();
        }
        foreach (
            var view in waiting
                .Where(v => !selection.Rules.IsNamed(v))
                .Select(v => objects[v.ToString()])
                .Where(v => !v.Error!.StartsWith(SchemaProgress.Mismatch, StringComparison.Ordinal))
        )
            objects.Report(view with { Status = SchemaObjectStatus.NotSupported });
    }

    private async Task CreateAsync(TableName name, IReadOnlySet<string> collations, CancellationToken cancellationToken)
    {
        var state = objects[name.ToString()];
        try
        {
            if (await SourceView.ReadAsync(source, name, cancellationToken) is not { } view)
            {
                objects.Report(state with { Status = SchemaObjectStatus.FailedToObtainDdl, Error = "it is gone from the source" });
                return;
            }
            var target = selection.Rules.DestinationOf(name);
            objects.Report(
                state = state with
                {
                    Status = SchemaObjectStatus.DdlObtained,
                    Ddl = view.Statement.CreateIn(target.Database, target.Table, replace: false, destination.Flavour),
                }
            );
            if (ViewRules.MissingCollation(view, collations) is { } missing)
                objects.Report(state with { Status = SchemaObjectStatus.Failed, Error = missing });
            else if (await SourceView.ReadAsync(destination, target, cancellationToken) is { } existing)
                await CompareAsync(state, view.Fit(collations)!, existing, cancellationToken);
            else
                await CreateAsync(state, view.Fit(collations)!, target, cancellationToken);
        }
        catch (FormatException e)
        {
            objects.Report(state with { Status = SchemaObjectStatus.Failed, Error = e.Message });
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            objects.Report(
                state with
                {
                    Status = state.Ddl is null ? SchemaObjectStatus.FailedToObtainDdl : SchemaObjectStatus.Failed,
                    Error = e.Message,
                }
            );
        }
    }

    private async Task CreateAsync(SchemaObject state, SourceView view, TableName target, CancellationToken cancellationToken)
    {
        objects.Report(state with { Status = SchemaObjectStatus.Creating });
        try
        {
            await view.CreateAsync(destination, target, replace: false, cancellationToken);
            objects.Report(
                destination.Flavour == ServerFlavour.OceanBase
                    ? state with
                    {
                        Status = SchemaObjectStatus.CompletedWithConversion,
                        Error = null,
                        Notice = ViewRules.LendsRights,
                    }
                : view.Statement.IsInvoker ? state with { Status = SchemaObjectStatus.Completed, Error = null }
                : state with
                {
                    Status = SchemaObjectStatus.CompletedWithConversion,
                    Error = null,
                    Notice = "it is SQL SECURITY INVOKER: who reads it needs the rights on what it reads",
                }
            );
        }
        catch (MySqlException e) when (!e.IsConnectionLost)
        {
            objects.Report(state with { Status = SchemaObjectStatus.Failed, Error = e.Message });
        }
    }

    /// <summary>Every product and version prints a view's query in its own words, so that between two of them only the columns can be
    /// compared.</summary>
    private async Task CompareAsync(SchemaObject state, SourceView view, SourceView existing, CancellationToken cancellationToken)
    {
        if (view.IsSameAs(existing))
            objects.Report(state with { Status = SchemaObjectStatus.Completed, Error = null });
        else if (source.Flavour == destination.Flavour && source.ServerVersion == destination.ServerVersion)
            objects.Report(
                state with
                {
                    Status = SchemaObjectStatus.Failed,
                    Error = SchemaProgress.Mismatch + "the destination has a view of this name with another definition",
                }
            );
        else if (
            await ColumnsAsync(source, view.Name, cancellationToken) is var here
            && await ColumnsAsync(destination, existing.Name, cancellationToken) is var there
            && !here.SequenceEqual(there, StringComparer.OrdinalIgnoreCase)
        )
            objects.Report(
                state with
                {
                    Status = SchemaObjectStatus.Failed,
                    Error =
                        SchemaProgress.Mismatch
                        + $"the destination has a view of this name with the columns ({string.Join(", ", there)}) instead of ({string.Join(", ", here)})",
                }
            );
        else
            objects.Report(
                state with
                {
                    Status = SchemaObjectStatus.Completed,
                    Error = null,
                    Notice = "it was there already; its columns are the same, and its definition can't be compared with another server's",
                }
            );
    }

    private static async Task<List<string>> ColumnsAsync(RowSession connection, TableName name, CancellationToken cancellationToken) =>
        (await connection.QueryRowsAsync($"SHOW COLUMNS FROM {name.Sql}", cancellationToken)).ConvertAll(r => r[0]!);
}
