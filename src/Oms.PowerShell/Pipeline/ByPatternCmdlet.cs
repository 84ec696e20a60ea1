using System.Management.Automation;

namespace Oms.PowerShell;

/// <summary>A cmdlet that lists things by name: all, those that match a wildcard pattern, or exactly one, whose absence is an
/// error.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public abstract class ByPatternCmdlet<T> : OmsCmdlet
{
    private protected abstract string[] Patterns { get; }

    private protected abstract IReadOnlyList<T> All();

    private protected abstract T One(string name);

    private protected abstract string NameOf(T item);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var pattern in Patterns)
            Attempt(pattern, () => WriteObject(Find(pattern), enumerateCollection: true));
    }

    private IEnumerable<T> Find(string pattern)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
            return [One(pattern)];
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return [.. All().Where(item => wildcard.IsMatch(NameOf(item)))];
    }
}
