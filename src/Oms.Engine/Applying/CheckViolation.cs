using System.Text.RegularExpressions;
using Oms.MySql;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Applying;

/// <summary>
/// A row of the source that a CHECK constraint of the destination refuses. MariaDB has rows that were written without such checks, and
/// takes them so; MySQL and OceanBase check whoever writes, unless the constraint is NOT ENFORCED.
/// </summary>
internal static partial class CheckViolation
{
    /// <summary>MySQL's and OceanBase's number, and MariaDB's.</summary>
    public static bool IsIn(MySqlException e) => e.Number is ErrorNumber.CheckConstraintViolated or ErrorNumber.ConstraintFailed;

    /// <summary>The name of the constraint that the server has refused a row for; null when it does not say.</summary>
    public static string? ConstraintOf(MySqlException e) =>
        Quoted().Match(e.Message) is { Success: true } match ? match.Groups[1].Value : null;

    /// <param name="row">The row, as a person reads it; null: not known.</param>
    public static OmsException Error(TableName source, TableName destination, string? row, MySqlException e)
    {
        var constraint = ConstraintOf(e);
        return new OmsException(
            "CheckViolated",
            OmsErrorKind.DataConflict,
            $"A row of {source}{(row is null ? "" : $", {row},")} is against {(constraint is null ? "a CHECK constraint" : $"the CHECK constraint {constraint}")} of {destination} at the destination: {e.Message} (error {e.Number}).",
            $"Let the destination hold it as the source does: ALTER TABLE {destination.Sql} ALTER CHECK {(constraint is null ? "name" : TableName.Quote(constraint))} NOT ENFORCED there (MariaDB: DROP CONSTRAINT"
                + $"{(constraint is null ? "; the name is in SHOW CREATE TABLE" : "")}); or mend the row at the source before it is read. Then start the link again: it goes on where it stopped.",
            source.ToString(),
            e
        );
    }

    [GeneratedRegex("['`]([^'`]+)['`]")]
    private static partial Regex Quoted();
}
