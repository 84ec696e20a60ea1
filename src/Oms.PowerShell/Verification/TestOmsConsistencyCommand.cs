using System.Management.Automation;
using Oms.Verification;

namespace Oms.PowerShell;

/// <summary>Compares a project's tables at its source and its destination; one result a table, as it is done.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OmsConsistency")]
[OutputType(typeof(TableConsistency))]
public sealed class TestOmsConsistencyCommand : ProjectNameCmdlet
{
    /// <summary>Only these tables, as <c>db.table</c>.</summary>
    [Parameter]
    public string[]? Table { get; set; }

    /// <summary>Reads the rows that differ, too: each difference that is named has SourceRow and DestinationRow, as JSON.</summary>
    [Parameter]
    public SwitchParameter IncludeRow { get; set; }

    private protected override void Process(string name)
    {
        var progress = new ProgressRecord(0, $"Verification of {name}", "Comparing");
        WriteProgress(progress);
        var (done, rows) = (0L, 0L);
        try
        {
            PumpEach(
                cancellationToken => Engine.TestConsistencyAsync(name, Table, IncludeRow, cancellationToken),
                table =>
                {
                    (done, rows) = (done + 1, rows + table.SourceRows);
                    progress.StatusDescription =
                        $"{done:N0} tables, {rows:N0} rows compared; {table.Table} is {(table.Consistent ? "consistent" : "not consistent")}";
                    WriteProgress(progress);
                    WriteObject(table);
                }
            );
        }
        finally
        {
            progress.RecordType = ProgressRecordType.Completed;
            WriteProgress(progress);
        }
    }
}
