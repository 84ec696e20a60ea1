using Oms.MySql.Ddl;

namespace Oms.Ddl;

/// <summary>What else counts for a link's DDL.</summary>
internal sealed record DdlTerms
{
    /// <summary>The destination's tables are written to as well.</summary>
    public bool IsActiveActive { get; init; }

    /// <summary>The source's log has the rows that cascades change.</summary>
    public bool LogsCascades { get; init; }

    public bool IsOceanBase { get; init; }

    /// <summary>What becomes of statements that the link does not synchronize and that take rows or tables away.</summary>
    public UnsynchronizedDdl Unsynchronized { get; init; }

    /// <summary>Views are made at the destination; otherwise their statements are listed.</summary>
    public bool SyncViews { get; init; }

    /// <summary>The destination.</summary>
    public required ServerCatalogue Server { get; init; }
}
