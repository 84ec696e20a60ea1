namespace Oms.Engine.Tests;

/// <summary>A metadata directory that lives as long as a test.</summary>
internal sealed class TempHome : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("oms-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
