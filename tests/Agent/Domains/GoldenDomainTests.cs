using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.Tests.Domains;

public sealed class GoldenDomainTests
{
    public static TheoryData<string> Scenarios => [.. GoldenScenarios.Names];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void A_VM_gives_its_golden_domain(string scenario)
    {
        var xml = DomainXml.Of(GoldenScenarios.Input(scenario));
        if (GoldenScenarios.Rewrite)
        {
            File.WriteAllText(GoldenScenarios.DomainPath(scenario), xml);
        }

        Assert.Equal(File.ReadAllText(GoldenScenarios.DomainPath(scenario)), xml);
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void A_domain_does_not_differ_from_itself(string scenario)
    {
        var facts = DomainFacts.Parse(DomainXml.Of(GoldenScenarios.Input(scenario)));
        Assert.Empty(RestartChecks.Of(new DomainComparison(facts, facts)));
        Assert.Equal(GoldenScenarios.Machine(scenario).Metadata.Uid, facts.Owner?.Uid);
    }

    [Fact]
    public void There_are_golden_domains() => Assert.True(GoldenScenarios.Names.Count() >= 5);
}
