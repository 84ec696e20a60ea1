namespace Oms.Servers;

/// <summary>What a session is for; its settings follow from it (<see cref="SessionSettings"/>).</summary>
internal enum SessionPurpose
{
    /// <summary>Catalogues, marks, the engine's own tables, questions about the server.</summary>
    Control,

    /// <summary>Reading users' rows as bytes: full migration, verification.</summary>
    ReadRows,

    /// <summary>As <see cref="ReadRows"/>, to judge rows of the log by a row filter.</summary>
    FilterRows,

    /// <summary>Writing users' rows in bulk: full migration.</summary>
    WriteRows,

    /// <summary>Applying changes beside a server's other users.</summary>
    ApplyChanges,

    /// <summary>Making and changing users' tables and views.</summary>
    RunDdl,
}
