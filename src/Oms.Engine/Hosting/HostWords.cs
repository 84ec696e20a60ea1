using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Oms.Hosting;

/// <summary>How a host words the commands that texts of the engine name: as cmdlets, as commands of the agent. A host gives it to
/// <see cref="OmsEngine.Open"/>, and says the errors by it that the engine throws.</summary>
public abstract partial class HostWords
{
    /// <summary>Leaves the names as they are.</summary>
    public static HostWords None { get; } = new NoWords();

    /// <summary>The words for a command, which fit into the middle of a sentence.</summary>
    public abstract string Of(HostCommand command);

    /// <summary>The text with the commands in it worded.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public string? Say(string? text) =>
        text is null || !text.Contains(HostCommand.Begins, StringComparison.Ordinal)
            ? text
            : Named().Replace(text, m => HostCommand.Find(m.Groups[1].Value, m.Groups[2].Value) is { } command ? Of(command) : m.Value);

    /// <summary>The error with the commands in its message and its remedy worded.</summary>
    public OmsException Say(OmsException error) =>
        (Say(error.Message), Say(error.Remedy)) is var (message, remedy) && (message, remedy) == (error.Message, error.Remedy)
            ? error
            : new OmsException(error.Id, error.Kind, message, remedy, error.TargetObject, error.InnerException);

    [GeneratedRegex(@"«([A-Za-z]+)(?: ([^«»]*))?»", RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    private sealed class NoWords : HostWords
    {
        public override string Of(HostCommand command) => command.ToString();
    }
}
