using Oms.MySql;
using Oms.Schema;
using Oms.Servers;

namespace Oms.Links.Steps;

/// <summary>Selects the source's objects, and makes those that are to be made at the destination.</summary>
internal sealed class SchemaStep(LinkAtWork link)
{
    /// <param name="goesOn">The link goes on from where it was: what does not fit by now is none of this step's.</param>
    public async Task<ObjectSelection> RunAsync(RowSession source, bool goesOn, CancellationToken cancellationToken)
    {
        var selection = goesOn
            ? await ObjectSelection.ExamineAsync(source, link.Project, cancellationToken)
            : await ObjectSelection.ResolveAsync(source, link.Project, cancellationToken);
        if (!goesOn)
            link.Memory.LeftOut = [.. selection.LeftOut.Select(o => o.Name)];
        link.Report.Set(s =>
            s with
            {
                LeftOut = goesOn ? s.LeftOut : [.. selection.LeftOut.Select(o => o.ToString())],
                TablesTotal = selection.Tables.Count,
                RowsEstimated = selection.Tables.Sum(t => t.EstimatedRows),
            }
        );
        if (link.Project.Types.HasFlag(MigrationTypes.Schema) && !link.Report.Status.SchemaMigrationCompleted)
            await MigrateAsync(source, selection, cancellationToken);
        return selection;
    }

    private async Task MigrateAsync(RowSession source, ObjectSelection selection, CancellationToken cancellationToken)
    {
        link.Report.Begin(LinkStep.SchemaMigration);
        await using var ddl = await ServerSession.OpenAsync(link.Servers.DestinationOptions, SessionPurpose.RunDdl, cancellationToken);
        var objects = await SchemaMigration.RunAsync(source, ddl, selection, cancellationToken: cancellationToken);
        link.Report.Set(s =>
            s with
            {
                LeftOut =
                [
                    .. s.LeftOut,
                    .. objects.Where(o => o.Status == SchemaObjectStatus.NotSupported).Select(o => $"{o.Name}: {o.Error}"),
                ],
            }
        );
    }
}
