namespace Oms.MySql.Binlog;

/// <summary>
/// How many columns rows events have behind those of the table: MariaDB keeps a unique key that is too long for an index, or is <c>USING
/// HASH</c>, as a hash in a hidden column <c>DB_ROW_HASH_n</c> (BIGINT UNSIGNED, one for each such key, last in the row), which no
/// catalogue shows.
/// </summary>
/// <param name="Least">At least so many.</param>
/// <param name="Most">At most so many.</param>
public readonly record struct HiddenColumns(int Least, int Most)
{
    /// <inheritdoc/>
    public override string ToString() => Least == Most ? $"{Least}" : $"{Least} to {Most}";
}
