using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Oms.Loader;

/// <summary>
/// Holds the module's cmdlets and all that they depend on, so that the versions which the module brings (JSON, SQLite, …) never meet those
/// of PowerShell or of another module in the session.
/// </summary>
public sealed class ModuleLoadContext : AssemblyLoadContext
{
    private static readonly Lazy<Assembly> s_module = new(() =>
    {
        var folder = Path.Combine(Path.GetDirectoryName(typeof(ModuleLoadContext).Assembly.Location)!, "bin");
        return new ModuleLoadContext(folder).LoadFromAssemblyPath(Path.Combine(folder, "Oms.PowerShell.dll"));
    });

    private readonly string _folder;

    private ModuleLoadContext(string folder)
        : base("Oms.PowerShell") => _folder = folder;

    /// <summary>The assembly of the cmdlets, loaded once a process: a second import or another runspace gets the same one.</summary>
    public static Assembly Module => s_module.Value;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        var path = Path.Combine(_folder, "runtimes", Platform, "native", FileName(unmanagedDllName));
        return File.Exists(path) ? LoadUnmanagedDllFromPath(path) : 0;
    }

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll" : "lib" + library + (OperatingSystem.IsMacOS() ? ".dylib" : ".so");

    private static string Platform
    {
        get
        {
            var system =
                OperatingSystem.IsWindows() ? "win"
                : OperatingSystem.IsMacOS() ? "osx"
                : IsMusl ? "linux-musl"
                : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    private static bool IsMusl =>
        RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
        || RuntimeInformation.RuntimeIdentifier.StartsWith("alpine", StringComparison.Ordinal);
}
