namespace Oms.Servers;

/// <summary>The number in a server's version text.</summary>
internal static class ServerVersionNumber
{
    /// <summary>Major, minor and patch as far as they are told; 0.0 when the text begins with none.</summary>
    public static Version Of(string version)
    {
        // Old clients knew no major version above 5, so MariaDB puts this before its own.
        const string mask = "5.5.5-";
        var text = version.StartsWith(mask, StringComparison.Ordinal) ? version[mask.Length..] : version;
        var digits = string.Concat(text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).TrimEnd('.');
        return Version.TryParse(digits, out var number) ? number : new Version(0, 0);
    }
}
