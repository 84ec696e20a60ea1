namespace Oms.MySql.Ddl;

/// <summary>A unique key of a MariaDB table, the primary key apart.</summary>
/// <param name="Name">Its name; for one that the statement did not name the one that the server is likely to have given.</param>
/// <param name="Parts">Its columns in their order; null when they can't be told.</param>
/// <param name="IsHashed">Whether the server keeps it as a hash, in a hidden column of every row; null when that can't be told.</param>
public sealed record UniqueKeyDefinition(string Name, IReadOnlyList<KeyPart>? Parts, bool? IsHashed)
{
    /// <summary>The statement that made it did not name it.</summary>
    public bool IsNameMadeUp { get; init; }

    /// <summary>Whether it is there can't be told: it was to come if it was not there, or a statement may have meant it by a name of the
    /// server's own.</summary>
    public bool IsDoubtful { get; init; }
}

/// <summary>A column of a key.</summary>
/// <param name="Prefix">How many characters (bytes) of it are in the key; null: all.</param>
public readonly record struct KeyPart(string Column, long? Prefix);
