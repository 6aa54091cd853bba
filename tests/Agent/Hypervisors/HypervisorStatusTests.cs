using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Hypervisors;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.Tests.Hypervisors;

public sealed class HypervisorStatusTests
{
    [Fact]
    public void Domains_are_counted_by_whose_they_are_and_lists_are_capped()
    {
        var domains = Enumerable.Range(0, 60).Select(i => new ListedDomain(Id(i), $"d-{i:00}", i % 2 == 0 ? DomainState.Running : DomainState.Off)).ToList();
        var census = DomainCensus.Of(domains, domains.Take(35).Select(domain => domain.Id).ToHashSet(), domains.Skip(10).Take(21).Select(domain => domain.Id).ToHashSet());
        Assert.Equal(new DomainCounts { Running = 18, Total = 35, Orphans = 21, Unmanaged = 25 }, census.Counts);
        Assert.Equal((DomainCensus.ListLimit, DomainCensus.ListLimit), (census.Orphans.Count, census.Unmanaged.Count));
        Assert.Equal("d-10", census.Orphans[0].Name);
    }

    [Fact]
    public void Figures_alone_wait_and_a_changed_item_does_not()
    {
        var live = new HypervisorStatus
        {
            Domains = new DomainCounts { Running = 1, Total = 1 },
            Pools = [Pool("a", available: true, free: 50)],
        };
        HypervisorStatuses.Merge(Fresh(new DomainCounts { Running = 2, Total = 2 }, Pool("a", available: true, free: 10)), live, mayWriteFigures: false);
        Assert.Equal((1, 50), (live.Domains!.Running, live.Pools![0].Free!.Value.ToInt64()));
        HypervisorStatuses.Merge(Fresh(new DomainCounts { Running = 2, Total = 2, Orphans = 1 }, Pool("a", available: false, free: 10)), live, mayWriteFigures: false);
        Assert.Equal((2, 50, false), (live.Domains!.Running, live.Pools![0].Free!.Value.ToInt64(), live.Pools[0].Available));
        HypervisorStatuses.Merge(Fresh(new DomainCounts { Running = 3, Total = 3, Orphans = 1 }, Pool("a", available: false, free: 10)), live, mayWriteFigures: true);
        Assert.Equal((3, 10), (live.Domains!.Running, live.Pools![0].Free!.Value.ToInt64()));
    }

    [Fact]
    public void What_libvirt_does_not_answer_stays_as_it_was()
    {
        var live = new HypervisorStatus
        {
            Domains = new DomainCounts { Running = 7, Total = 7 },
            Versions = new HypervisorVersions { Libvirt = "9.0.0", Qemu = "7.2.0" },
            Orphans = [new DomainReference { Uuid = "u", Name = "n" }],
        };
        HypervisorStatuses.Merge(new HypervisorStatus { Versions = new HypervisorVersions { Agent = "1.0.0" }, Pools = [] }, live, mayWriteFigures: true);
        Assert.Equal((7, "9.0.0", "7.2.0", "1.0.0"), (live.Domains!.Running, live.Versions!.Libvirt, live.Versions.Qemu, live.Versions.Agent));
        Assert.Single(live.Orphans);
    }

    [Fact]
    public void Free_space_is_rounded_to_a_hundredth()
    {
        using var folder = new TestFolder();
        var report = new NodeReport();
        report.Report(Pool("a", true, 0) with { Capacity = Quantity.FromBytes(1000L << 20), Free = Quantity.FromBytes((123L << 20) + 4567) });
        var status = HypervisorStatuses.Of(new HypervisorScope(new Hypervisor()), new HostFiles(folder.Path), report);
        Assert.Equal(120L << 20, Assert.Single(status.Pools!).Free!.Value.ToInt64());
    }

    [Theory]
    [InlineData(null, "kvm", 0, "Ready=True LibvirtAvailable=True AcceleratorAvailable=True")]
    [InlineData(null, "none", 0, "Ready=False LibvirtAvailable=True AcceleratorAvailable=False")]
    [InlineData("gone", "tcg", 0, "Ready=False LibvirtAvailable=False AcceleratorAvailable=True")]
    [InlineData(null, "tcg", 2, "Ready=True LibvirtAvailable=True AcceleratorAvailable=True OrphanDomains=True")]
    public void Conditions_follow_from_what_the_pass_found(string? failure, string accelerator, int orphans, string expected)
    {
        var scope = new HypervisorScope(new Hypervisor())
        {
            LibvirtFailure = failure,
            Versions = failure is null ? ("9.0.0", "7.2.0") : null,
            Accelerator = new Accelerator(accelerator, "why"),
            Census = failure is null ? new DomainCensus(new DomainCounts { Orphans = orphans }, [], []) : null,
        };
        Assert.Equal(expected, string.Join(' ', HypervisorConditionsOf.All(scope, StepResult.Done).Select(condition => $"{condition.Type}={condition.Status}")));
    }

    [Fact]
    public void Orphans_are_not_forgotten_while_libvirt_is_away()
    {
        var known = Condition.True(HypervisorConditions.OrphanDomains, "VirtualMachineNotFound", "one");
        var scope = new HypervisorScope(new Hypervisor { Status = new HypervisorStatus { Conditions = [known] } }) { LibvirtFailure = "gone" };
        Assert.Equal(known, HypervisorConditionsOf.OrphanDomains(scope));
    }

    private static HypervisorStatus Fresh(DomainCounts counts, NodePoolStatus pool) => new() { Versions = new(), Domains = counts, Pools = [pool] };

    private static NodePoolStatus Pool(string name, bool available, long free) =>
        new() { Name = name, Available = available, Capacity = Quantity.FromBytes(99), Free = Quantity.FromBytes(free) };

    private static Guid Id(int number) => new(number + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
