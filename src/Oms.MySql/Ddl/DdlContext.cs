using Oms.MySql.Binlog;

namespace Oms.MySql.Ddl;

/// <summary>What a statement's outcome depends on beside its text: the server and the session's settings.</summary>
internal sealed class DdlContext(ServerCatalogue server, QueryStatusVariables variables)
{
    private const ulong RealAsFloat = 0x1,
        AnsiQuotesMode = 0x4,
        OracleMode = 0x200,
        MaxDbMode = 0x1000,
        NoBackslashEscapesMode = 0x100000;
    private const uint MariaDbExplicitDefaultsFlag = 1 << 24;

    public ServerCatalogue Server => server;

    public bool IsMariaDb => server.Flavour == ServerFlavour.MariaDb;

    public bool RealIsFloat => Has(RealAsFloat);

    /// <summary>Types have other meanings in these modes (MariaDB's ORACLE: DATE is a DATETIME; MAXDB: TIMESTAMP is).</summary>
    public bool HasForeignTypes => Has(MaxDbMode) || (IsMariaDb && Has(OracleMode));

    public SqlDialect Dialect => new(server.Flavour, server.VersionNumber, Has(AnsiQuotesMode), Has(NoBackslashEscapesMode));

    /// <summary>False: a TIMESTAMP column is NOT NULL unless it says NULL.</summary>
    public bool ExplicitDefaultsForTimestamp =>
        variables.ExplicitDefaultsForTimestamp
        ?? (
            IsMariaDb && LogsExplicitDefaults && variables.Flags2 is { } flags
                ? (flags & MariaDbExplicitDefaultsFlag) != 0
                : server.ExplicitDefaultsForTimestamp
        );

    /// <summary>INT without a width, YEAR without digits (MySQL 8.0.19).</summary>
    public bool HasNoDisplayWidths => server.Flavour == ServerFlavour.MySql && server.VersionNumber >= 80019;

    /// <summary><c>geomcollection</c> (MySQL 8.0.11) rather than <c>geometrycollection</c>.</summary>
    public bool SaysGeomCollection => server.Flavour == ServerFlavour.MySql && server.VersionNumber >= 80011;

    /// <summary>The collation of the session's <c>collation_server</c>.</summary>
    public string ServerCollation => (variables.ServerCollation is { } id ? server.Collation(id)?.Name : null) ?? server.ServerCollation;

    /// <summary>The collation and with it the character set that a clause means.</summary>
    /// <param name="inherited">What it is without a clause; null when that is not known.</param>
    /// <exception cref="DdlUncertainException">A name is not known at this server, or what is needed is not known.</exception>
    public CollationFacts Resolve(CharsetClause clause, CollationFacts? inherited)
    {
        var characterSet = clause.CharacterSet is { } named ? CharacterSet(named).Name : null;
        if (clause.Collation is { } collation)
            return server.Collation(collation, characterSet ?? inherited?.CharacterSet)
                ?? throw new DdlUncertainException($"the collation '{collation}' is not known at the server");
        return characterSet is not null
            ? DefaultCollation(characterSet)
            : inherited ?? throw new DdlUncertainException("the default character set that it takes is not known");
    }

    /// <summary>The collation whose name is known from a definition.</summary>
    public CollationFacts? Named(string? collation) => collation is null ? null : server.Collation(collation, null);

    /// <summary>The <c>_bin</c> collation of a character set.</summary>
    public CollationFacts Binary(string characterSet) =>
        server.Collation(characterSet == "binary" ? "binary" : $"{characterSet}_bin", null)
        ?? throw new DdlUncertainException($"the character set '{characterSet}' has no binary collation at the server");

    public CharacterSetFacts CharacterSet(string name) =>
        server.CharacterSet(name) ?? throw new DdlUncertainException($"the character set '{name}' is not known at the server");

    public CollationFacts DefaultCollation(string characterSet)
    {
        var facts = CharacterSet(characterSet);
        if (facts.Name == "utf8mb4" && variables.DefaultCollationForUtf8Mb4 is { } forUtf8Mb4)
            return server.Collation(forUtf8Mb4)
                ?? throw new DdlUncertainException($"collation number {forUtf8Mb4} is not known at the server");
        foreach (var (set, collation) in variables.CharacterSetCollations)
            if (server.Collation(set)?.CharacterSet == facts.Name)
                return server.Collation(collation)
                    ?? throw new DdlUncertainException($"collation number {collation} is not known at the server");
        return server.Collation(facts.DefaultCollation, null)
            ?? throw new DdlUncertainException($"the collation '{facts.DefaultCollation}' is not known at the server");
    }

    // In the flags since explicit_defaults_for_timestamp can be set per session.
    private bool LogsExplicitDefaults =>
        server.VersionNumber switch
        {
            < 100600 => server.VersionNumber >= 100517,
            < 100700 => server.VersionNumber >= 100609,
            < 100800 => server.VersionNumber >= 100705,
            var version => version >= 100804,
        };

    private bool Has(ulong mode) => ((variables.SqlMode ?? 0) & mode) != 0;
}

/// <summary>What a statement makes of a table can't be told; caught where statements are applied, never seen outside.</summary>
internal sealed class DdlUncertainException(string message) : Exception(message);
