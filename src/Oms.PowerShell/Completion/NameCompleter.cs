using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Oms.PowerShell;

/// <summary>Completes names that the metadata knows; no server is asked.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    private protected abstract IEnumerable<string> Names { get; }

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    )
    {
        var pattern = WildcardPattern.Get(wordToComplete.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        return Names
            .Where(pattern.IsMatch)
            .Select(name => new CompletionResult(Quoted(name), name, CompletionResultType.ParameterValue, name));
    }

    /// <summary>As it must be typed: bare where PowerShell reads it as one word.</summary>
    private static string Quoted(string name) =>
        name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') && !name.StartsWith('-')
            ? name
            : "'" + CodeGeneration.EscapeSingleQuotedStringContent(name) + "'";
}

/// <summary>Completes project names.</summary>
public sealed class ProjectNameCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names => OmsSession.Engine.GetProjects().Select(p => p.Name);
}

/// <summary>Completes data source identifiers.</summary>
public sealed class DataSourceNameCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names => OmsSession.Engine.GetDataSources().Select(d => d.Name);
}

/// <summary>Completes regions: the ones that data sources name already, then well-known ones. Any other is as good.</summary>
public sealed class RegionCompleter : NameCompleter
{
    private static readonly string[] s_known =
    [
        "cn-beijing",
        "cn-chengdu",
        "cn-guangzhou",
        "cn-hangzhou",
        "cn-hongkong",
        "cn-shanghai",
        "cn-shenzhen",
        "ap-northeast-1",
        "ap-southeast-1",
        "eu-central-1",
        "eu-west-1",
        "us-east-1",
        "us-west-1",
    ];

    private protected override IEnumerable<string> Names =>
        OmsSession
            .Engine.GetDataSources()
            .Select(d => d.Region)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Union(s_known);
}
