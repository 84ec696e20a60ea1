namespace Oms.Schema;

/// <summary>The objects of a schema migration, each in its last state.</summary>
/// <param name="observe">Called with each object whenever its status changes.</param>
internal sealed class SchemaProgress(Action<SchemaObject>? observe)
{
    /// <summary>An error that begins so says that what is there is another thing.</summary>
    public const string Mismatch = "it exists with another structure: ";

    private readonly Dictionary<string, SchemaObject> _objects = [];

    public SchemaObject this[string name] => _objects[name];

    public IReadOnlyList<SchemaObject> All => [.. _objects.Values];

    public void Report(SchemaObject state)
    {
        _objects[state.Name] = state;
        observe?.Invoke(state);
    }

    /// <exception cref="OmsException">SchemaMismatch, SchemaMigrationFailed: they name all objects that could not be made.</exception>
    public void ThrowIfIncomplete()
    {
        var incomplete = _objects.Values.Where(o => !o.IsDone && o.Status != SchemaObjectStatus.NotSupported).ToList();
        if (incomplete.Count == 0)
            return;
        // What waits for something that failed has no error of its own.
        var failed = incomplete.Where(o => o.Error is not null).ToList();
        var differing = failed.Where(o => o.Error!.StartsWith(Mismatch, StringComparison.Ordinal)).ToList();
        if (differing.Count == failed.Count)
            throw TablePairs.Mismatch(differing.Select(o => $"{o.Name}: {o.Error![Mismatch.Length..]}").ToList());
        throw new OmsException(
            "SchemaMigrationFailed",
            OmsErrorKind.InvalidState,
            $"Schema migration could not make {string.Join(" | ", failed.Select(o => $"{o.Kind.ToString().ToLowerInvariant()} {o.Name}: {o.Error}"))}.",
            "Mend what the server names, make the object at the destination by hand, or exclude it from the project; then start the project again.",
            failed[0].Name
        );
    }
}
