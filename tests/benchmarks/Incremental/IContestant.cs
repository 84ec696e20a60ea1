using Oms.Integration.Tests.Servers;

namespace Oms.Benchmarks.Incremental;

/// <summary>One way to bring a source's changes to a server of its own.</summary>
internal interface IContestant : IAsyncDisposable
{
    string Name { get; }

    /// <summary>The server that the changes come to.</summary>
    TestServer Server { get; }

    Task StartAsync();

    Task StopAsync();

    /// <summary>Throws what has ended it.</summary>
    Task CheckAsync();
}
