using System.Reflection;
using Oms.Agent.Output;
using Oms.Hosting;
using Oms.PowerShell;

namespace Oms.Engine.Tests.Hosting;

/// <summary>Texts of the engine name what a person can do; each host has words for it.</summary>
public sealed class HostWordsTests
{
    private static readonly HostWords s_cmdlets = CmdletWords.Words,
        s_agent = AgentWords.Words;

    /// <summary>Every command that a text can name, with all its arguments and without those that may lack.</summary>
    private static IEnumerable<HostCommand> All()
    {
        foreach (var property in typeof(HostCommand).GetProperties(BindingFlags.Public | BindingFlags.Static))
            yield return (HostCommand)property.GetValue(null)!;
        foreach (
            var method in typeof(HostCommand)
                .GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(m => m.ReturnType == typeof(HostCommand) && !m.IsSpecialName)
        )
        {
            var parameters = method.GetParameters();
            for (var count = parameters.Count(p => !p.IsOptional); count <= parameters.Length; count++)
            {
                var given = count;
                yield return (HostCommand)method.Invoke(null, [.. parameters.Select((p, i) => i < given ? "given" + i : null)])!;
            }
        }
    }

    [Fact]
    public void Every_action_is_a_command() => Assert.Equal(Enum.GetValues<HostAction>(), All().Select(c => c.Action).Distinct().Order());

    [Fact]
    public void Cmdlets_have_words_for_every_command() => AssertHasWords(s_cmdlets);

    [Fact]
    public void The_agent_has_words_for_every_command() => AssertHasWords(s_agent);

    private static void AssertHasWords(HostWords words) =>
        Assert.All(
            All(),
            command =>
            {
                var said = words.Say($"Do it with {command}.");
                Assert.StartsWith("Do it with ", said, StringComparison.Ordinal);
                Assert.Matches("[A-Za-z]", said["Do it with ".Length..]);
                Assert.DoesNotContain("«", said, StringComparison.Ordinal);
                Assert.All(command.Arguments.Where(a => a == "given0"), a => Assert.Contains(a, said, StringComparison.OrdinalIgnoreCase));
            }
        );

    [Fact]
    public void Cmdlets_are_named_with_their_parameters()
    {
        Assert.Equal("Start-OmsLink", s_cmdlets.Of(HostCommand.StartLink));
        Assert.Equal("Stop-OmsLink -Name orders", s_cmdlets.Of(HostCommand.StopLink("orders")));
        Assert.Equal("Stop-OmsLink", s_cmdlets.Of(HostCommand.StopLink()));
        Assert.Equal("Set-OmsDataSource", s_cmdlets.Of(HostCommand.ChangeDataSource()));
        Assert.Equal("Set-OmsDataSource shop -TlsCaFile", s_cmdlets.Of(HostCommand.ChangeDataSource("shop", "TlsCaFile")));
        Assert.Equal("Set-OmsDataSource shop -Tls Preferred", s_cmdlets.Of(HostCommand.ChangeDataSource("shop", "Tls", "Preferred")));
        Assert.Equal("-TrustServer Any", s_cmdlets.Of(HostCommand.DataSourceOption("TrustServer", "Any")));
        Assert.Equal("Set-OmsDataSource shop -Credential (Get-Credential me)", s_cmdlets.Of(HostCommand.GivePassword("shop", "me")));
        Assert.Equal("Set-OmsDataSource NAME -Credential (Get-Credential USER)", s_cmdlets.Of(HostCommand.GivePassword()));
        Assert.Equal("-RelayOrigin", s_cmdlets.Of(HostCommand.ProjectOption(nameof(Project.RelayOrigins))));
        Assert.Equal(
            "-CharacterSetMapping @{ gbk = 'utf8mb4' }",
            s_cmdlets.Of(HostCommand.ProjectMapping(nameof(Project.CharacterSetMappings), "gbk", "utf8mb4"))
        );
        Assert.Equal(
            "-CollationMapping @{ 'utf8mb4_0900_ai_ci' = '…' }",
            s_cmdlets.Of(HostCommand.ProjectMapping(nameof(Project.CollationMappings), "utf8mb4_0900_ai_ci", "…"))
        );
    }

    [Fact]
    public void The_agent_names_its_own_commands_and_the_properties_of_its_file()
    {
        Assert.Equal("oms-agent start", s_agent.Of(HostCommand.StartLink));
        Assert.Equal("oms-agent stop orders", s_agent.Of(HostCommand.StopLink("orders")));
        Assert.Equal("\"relayOrigins\"", s_agent.Of(HostCommand.ProjectOption(nameof(Project.RelayOrigins))));
        Assert.Equal("\"trustServer\": \"Any\"", s_agent.Of(HostCommand.DataSourceOption("TrustServer", "Any")));
        Assert.StartsWith(
            "\"collationMappings\": { \"a_b\": \"…\" }",
            s_agent.Of(HostCommand.ProjectMapping(nameof(Project.CollationMappings), "a_b", "…")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("a|b")]
    [InlineData("« »")]
    [InlineData("a b%7C")]
    public void Arguments_go_through_a_text_unchanged(string argument) =>
        Assert.Equal($"oms-agent stop {argument}", s_agent.Say(HostCommand.StopLink(argument).ToString()));

    [Theory]
    [InlineData("Erreur de syntaxe près de « SELECT »")]
    [InlineData("«NoCommand»")]
    [InlineData("«")]
    public void Other_text_stays(string text) => Assert.Equal(text, s_agent.Say(text));

    [Fact]
    public void An_error_is_said_with_its_id_and_its_cause()
    {
        var cause = new InvalidOperationException();
        var error = new OmsException("Id", OmsErrorKind.NotFound, "It is gone.", $"Look with {HostCommand.ShowLinks}.", "orders", cause);
        var said = s_agent.Say(error);
        Assert.Equal(("Id", OmsErrorKind.NotFound, "It is gone.", "orders"), (said.Id, said.Kind, said.Message, said.TargetObject));
        Assert.Equal("Look with oms-agent status.", said.Remedy);
        Assert.Same(cause, said.InnerException);
    }

    /// <summary>A text property of the status that is added later has to be said, too.</summary>
    [Fact]
    public void A_link_s_status_is_said_in_all_its_texts()
    {
        string[] names = [nameof(LinkStatus.Project), nameof(LinkStatus.Host), nameof(LinkStatus.Latency)];
        string[] positions = [nameof(LinkStatus.AppliedPosition), nameof(LinkStatus.StorePosition)];
        var text = HostCommand.ShowLinks.ToString();
        var status = new LinkStatus { Project = "orders", Waiting = new LinkWait(LinkWaitKind.Disk, text, default, text, text) };
        var texts = typeof(LinkStatus)
            .GetProperties()
            .Where(p => p.PropertyType == typeof(string) && !names.Contains(p.Name) && !positions.Contains(p.Name))
            .ToList();
        texts.ForEach(p => p.SetValue(status, text));
        var said = status.In(s_agent);
        Assert.All(texts, p => Assert.Equal("oms-agent status", p.GetValue(said)));
        Assert.DoesNotContain("«", said.Waiting!.ToString(), StringComparison.Ordinal);
    }
}
