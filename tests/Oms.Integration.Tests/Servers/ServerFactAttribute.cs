using System.Reflection;
using Xunit.Sdk;

namespace Oms.Integration.Tests.Servers;

/// <summary>A test that needs real servers of these flavours, and is skipped where one is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServerFactAttribute : FactAttribute
{
    public ServerFactAttribute(params ServerFlavourName[] flavours) => Skip = ServerInstallation.WhyMissing(flavours);
}

/// <summary>The same for a theory: all its cases need these flavours. For a case a flavour see <see cref="ServerDataAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServerTheoryAttribute : TheoryAttribute
{
    public ServerTheoryAttribute(params ServerFlavourName[] flavours) => Skip = ServerInstallation.WhyMissing(flavours);
}

/// <summary>One case of a theory whose first argument is the flavour; only this case is skipped where the flavour is not
/// installed.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ServerDataAttribute : DataAttribute
{
    private readonly object[] _arguments;

    public ServerDataAttribute(ServerFlavourName flavour, params object[] more)
    {
        _arguments = [flavour, .. more];
        Skip = ServerInstallation.WhyMissing([flavour]);
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_arguments];
}
