using Newtonsoft.Json;
using Oms.Context;
using Oms.Metadata;
using Oms.MySql.Binlog;
using Oms.Objects;
using Oms.Servers;

namespace Oms.Links;

/// <summary>What a link keeps in the metadata from one start to the next, beside its status.</summary>
internal sealed class LinkMemory(MetadataStore metadata, string project)
{
    private const string Yes = "yes",
        No = "no";

    /// <summary>Whether the precheck has been passed once.</summary>
    public bool HasPassedPrecheck
    {
        get => Get("precheck-passed") is not null;
        set => Set("precheck-passed", value ? Yes : null);
    }

    /// <summary>Where a reverse link begins: where its forward link, which keeps this, first touched the server.</summary>
    public BinlogPosition? ReverseStart
    {
        get => Get("reverse-start") is { } start ? BinlogPosition.Parse(start) : null;
        set => Set("reverse-start", value?.ToString());
    }

    /// <summary>Whether full migration has met rows that were there already: from then on it passes over them.</summary>
    public bool RecordsExist
    {
        get => Get("records-exist") is not null;
        set => Set("records-exist", value ? "ignore" : null);
    }

    /// <summary>The selected tables that the link does not carry, from its beginning or since they came.</summary>
    public HashSet<TableName> LeftOut
    {
        get => Get("left-out") is { } names ? JsonConvert.DeserializeObject<HashSet<TableName>>(names)! : [];
        set => Set("left-out", JsonConvert.SerializeObject(value));
    }

    /// <summary>Whether the source's log has the rows that cascades change, as the source has said last; null: it was never asked.</summary>
    public bool? LogsCascades
    {
        get => Get("logs-cascades") is { } answer ? answer == Yes : null;
        set => Set("logs-cascades", value is { } answer ? (answer ? Yes : No) : null);
    }

    /// <summary>Has the next run move the link to another log of its source, if it has to.</summary>
    public void AskForMove() => Set(MoveAsked, Yes);

    /// <summary>Whether a move was asked for; the wish counts for this run only.</summary>
    public bool TakeMove()
    {
        if (Get(MoveAsked) is null)
            return false;
        Set(MoveAsked, null);
        return true;
    }

    /// <summary>Keeps what the user chose for the conflict before which the link has paused.</summary>
    public void Choose(ConflictChoice choice) => Set(ChoiceMade, JsonConvert.SerializeObject(choice));

    /// <summary>What the user chose before this start; it counts for this run only.</summary>
    public ConflictChoice? TakeChoice()
    {
        if (Get(ChoiceMade) is not { } choice)
            return null;
        Set(ChoiceMade, null);
        return JsonConvert.DeserializeObject<ConflictChoice>(choice);
    }

    private const string ChoiceMade = "conflict-choice",
        MoveAsked = "source-move";

    private string? Get(string key) => metadata.GetValue(project, key);

    private void Set(string key, string? value) => metadata.SetValue(project, key, value);
}
