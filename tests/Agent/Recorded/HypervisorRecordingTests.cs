using Berth.Api;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Tests.Hypervisors;
using Berth.NodeAgent.VirtualMachines;
using Berth.Kubernetes;
using Berth.Testing.GitOps;

namespace Berth.NodeAgent.Tests.Recorded;

/// <summary>A node in each state that its agent tells of.</summary>
public sealed class HypervisorRecordingTests
{
    [Fact]
    public async Task One_that_can_run_VMs()
    {
        await using var bench = await HypervisorBench.StartAsync();
        await bench.ReadyAsync();
        Check(bench, "ready");
    }

    [Fact]
    public async Task One_whose_libvirt_does_not_answer()
    {
        await using var bench = await HypervisorBench.StartAsync();
        await bench.ReadyAsync();
        bench.Versions.IsUnavailable = true;
        await bench.PassAsync();
        Check(bench, "libvirt-unavailable");
    }

    [Fact]
    public async Task One_that_cannot_run_guests()
    {
        await using var bench = await HypervisorBench.StartAsync(Accelerators.Auto);
        await bench.ReadyAsync();
        Check(bench, "no-accelerator");
    }

    [Fact]
    public async Task One_that_has_an_orphan_and_a_domain_of_somebody_else()
    {
        await using var bench = await HypervisorBench.StartAsync();
        await bench.ReadyAsync();
        var orphan = bench.Put("ns.orphan", owner: "cluster-1");
        bench.Put("legacy", owner: null);
        bench.Memory.Strays.Note(new ObjectKey("ns", "orphan"), bench.Domains.Find(orphan)!, StrayDecision.Orphan);
        await bench.PassAsync();
        Check(bench, "orphan");
    }

    [Fact]
    public async Task One_whose_guests_may_come_to_take_more_memory_than_it_has()
    {
        await using var bench = await HypervisorBench.StartAsync();
        bench.Folder.Write("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 1024 kB\n");
        bench.Guests.Running = [new GuestPromise(Guid.NewGuid(), Promised: 3 << 20, Resident: 1 << 20)];
        await bench.ReadyAsync();
        Check(bench, "memory-overcommitted");
    }

    private static void Check(HypervisorBench bench, string state) =>
        Recording.Check(bench.Server.FindJson<Hypervisor>("node-1"), state, (bench.Folder.Path, "/"));
}
