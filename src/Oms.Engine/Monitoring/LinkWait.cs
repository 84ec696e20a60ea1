using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Oms.Hosting;
using Oms.Scheduling;

namespace Oms;

/// <summary>What a running link waits for.</summary>
[JsonConverter(typeof(StringEnumConverter))]
public enum LinkWaitKind
{
    /// <summary>A server that is away, or that fails for a reason that may pass.</summary>
    Server,

    /// <summary>A log-in that is refused: a password that was changed, an account that is locked.</summary>
    LogIn,

    /// <summary>A destination that takes no writes just now, as during a role change.</summary>
    ReadOnly,

    /// <summary>Rows at the destination that another session has locked.</summary>
    RowLock,

    /// <summary>A table's structure, or the whole server, that another session at the destination has locked.</summary>
    MetadataLock,

    /// <summary>A statement that the destination is still running.</summary>
    Statement,

    /// <summary>Room on the Store's disk.</summary>
    Disk,

    /// <summary>The link of the other direction, without which keys in conflict can't be settled.</summary>
    OtherLink,

    /// <summary>The project's own limit of rows or bytes a second.</summary>
    Throttle,
}

/// <summary>A wait of a running link.</summary>
/// <param name="What">What it waits for: the server, the table and key, the limit.</param>
/// <param name="Since">Since when.</param>
/// <param name="On">Whom it waits for: a session with its account and its statement, as far as the link's account may see them; null where
/// there is nobody.</param>
/// <param name="EndsBy">What ends it.</param>
public sealed record LinkWait(LinkWaitKind Kind, string What, DateTimeOffset Since, string? On, string EndsBy)
{
    /// <summary>The wait with its texts in the words of a host.</summary>
    internal LinkWait In(HostWords words) => this with { What = words.Say(What), On = words.Say(On), EndsBy = words.Say(EndsBy) };

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Since {Since.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z: {What}.{(On is null ? "" : $" {On}.")} {EndsBy}"
        );
}
