using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Hypervisors;
using Berth.Operator.Tests.Support;
using Berth.Testing.GitOps;

namespace Berth.Operator.Tests.Recorded;

/// <summary>A VM in each state that the operator tells of, as the tests of kstatus and Argo CD have it.</summary>
public sealed class VirtualMachineRecordingTests
{
    private static readonly Dictionary<string, Func<OperatorRig, Task>> States = new(StringComparer.Ordinal)
    {
        ["waiting-for-scheduler"] = async rig =>
        {
            await ApplyAsync(rig, TestMachines.Named("web"));
            await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
            await rig.PassAsync(TimeSpan.FromSeconds(2));
            await SaysAsync(rig, VirtualMachineReasons.WaitingForScheduler);
        },
        ["unschedulable"] = async rig =>
        {
            await ApplyAsync(rig, TestMachines.Named("web"));
            await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
            rig.Scheduler.Refuse("web-1", "0/2 nodes are available: 2 Insufficient memory.");
            await SaysAsync(rig, VirtualMachineReasons.Unschedulable);
        },
        ["unschedulable-for-long"] = async rig =>
        {
            await ApplyAsync(rig, TestMachines.Named("web"));
            await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
            rig.Scheduler.Refuse("web-1", "0/2 nodes are available: 2 Insufficient memory.");
            await SaysAsync(rig, VirtualMachineReasons.Unschedulable);
            await rig.PassAsync(TimeSpan.FromMinutes(10));
            await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        },
        ["bound"] = async rig =>
        {
            await ApplyAsync(rig, TestMachines.Named("web"));
            await rig.BindAsync("web", "node-1");
        },
        ["placed-anew"] = async rig =>
        {
            await ApplyAsync(rig, TestMachines.Named("web"));
            await rig.BindAsync("web", "node-1");
            rig.Agent.Refuse("web", "Not enough free memory.");
            await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-2") is not null);
        },
        ["reference-awaited"] = async rig =>
        {
            await ApplyAsync(rig, WithoutKernel);
            await SaysAsync(rig, ConditionReasons.ReferenceNotFound);
        },
        ["reference-not-found"] = async rig =>
        {
            await ApplyAsync(rig, WithoutKernel);
            await SaysAsync(rig, ConditionReasons.ReferenceNotFound);
            await rig.PassAsync(TimeSpan.FromSeconds(10));
            await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        },
        ["reference-not-allowed"] = async rig =>
        {
            rig.Server.Patch<VirtualNetwork>(TestCluster.Network, null, JsonOf.Patch("""{"spec":{"allowedNamespaces":{"from":"Selector","selector":{"matchLabels":{"team":"shop"}}}}}"""));
            await rig.SettleAsync();
            await ApplyAsync(rig, TestMachines.Named("web"));
            await SaysAsync(rig, ConditionReasons.ReferenceNotAllowed);
        },
        ["orphan-of-the-name"] = async rig =>
        {
            rig.Server.Patch<Hypervisor>("node-2", null, JsonOf.Patch("""{"status":{"orphans":[{"uuid":"11111111-2222-4333-8444-555555555555","name":"shop.web","state":"Running"}]}}"""), "status");
            await rig.SettleAsync();
            await ApplyAsync(rig, TestMachines.Named("web"));
            await SaysAsync(rig, VirtualMachineReasons.DomainNameTaken);
        },
        ["refused-spec"] = async rig =>
        {
            await ApplyAsync(rig, TestMachines.Named("web").With(spec => spec.Firmware!.Type = "uefi"));
            await SaysAsync(rig, ConditionReasons.NotSupported);
        },
        ["stopped"] = async rig =>
        {
            await ApplyAsync(rig, TestMachines.Named("web").Asked(PowerStates.Stopped));
            await SaysAsync(rig, VirtualMachineReasons.Stopped);
        },
        ["stopped-after-running"] = async rig =>
        {
            await rig.RunAsync("web", "node-1");
            rig.Machines.PatchSpec("web", """{"powerState":"Stopped"}""");
            rig.Agent.Release("web");
            await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null);
        },
        ["completed-for-good"] = rig => EndAsync(rig, CompletionReasons.Shutdown),
        ["crashed-for-good"] = rig => EndAsync(rig, CompletionReasons.Crashed),
        ["spec-not-looked-at"] = async rig =>
        {
            await rig.RunAsync("web", "node-1");
            rig.Machines.PatchSpec("web", """{"powerState":"Stopped"}""");
        },
        ["place-lost"] = async rig =>
        {
            await rig.RunAsync("web", "node-1");
            rig.Scheduler.Delete("web-1");
            await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null && rig.Machines.Condition("web", VirtualMachineConditions.PlaceLost)?.Message == "The berth waits for kube-scheduler.");
        },
        ["node-unreachable"] = async rig =>
        {
            await RunHeardAsync(rig);
            await rig.PassAsync(seconds: 70, heard: "node-2");
            await SaysAsync(rig, VirtualMachineReasons.NodeUnreachable);
        },
        ["node-dead-with-the-disks"] = async rig =>
        {
            await RunHeardAsync(rig, machine => machine.WithTemplate("root"));
            rig.Server.Patch<V1Node>("node-1", null, JsonOf.Patch($$"""{"spec":{"taints":[{"key":"{{NodeDeath.OutOfServiceTaint}}","value":"nodeshutdown","effect":"NoExecute"}]} }"""));
            await rig.PassAsync(seconds: 80, heard: "node-2");
            await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Message.Contains("waits until the node is back", StringComparison.Ordinal) == true);
        },
        ["binding-in-doubt"] = async rig =>
        {
            await rig.RunAsync("web", "node-1");
            rig.Machines.PatchStatus("web", """{"binding":{"nodeName":"node-2","epoch":9}}""");
            await SaysAsync(rig, VirtualMachineReasons.BindingInDoubt);
        },
        ["deleting-held-by-its-node"] = async rig =>
        {
            await rig.RunAsync("web", "node-1");
            rig.Machines.Delete("web");
        },
    };

    public static TheoryData<string> Names => [.. States.Keys];

    private static VirtualMachine WithoutKernel => TestMachines.Named("web").With(spec => spec.Firmware!.Kernel!.Image = "late");

    [Fact]
    public async Task One_that_nobody_has_looked_at_is_as_it_was_recorded()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        await ApplyAsync(rig, TestMachines.Named("web"));
        Check(rig, "created");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_VM_in_each_state_is_as_it_was_recorded(string state)
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.SettleAsync();
        await States[state](rig);
        await rig.SettleAsync();
        Check(rig, state);
    }

    private static Task ApplyAsync(OperatorRig rig, VirtualMachine machine)
    {
        rig.Machines.Apply(machine);
        return Task.CompletedTask;
    }

    private static Task SaysAsync(OperatorRig rig, string reason) =>
        rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Reason == reason, reason);

    private static async Task RunHeardAsync(OperatorRig rig, Func<VirtualMachine, VirtualMachine>? change = null)
    {
        rig.Beat("node-1");
        rig.Beat("node-2");
        await rig.RunAsync("web", "node-1", change);
    }

    private static async Task EndAsync(OperatorRig rig, string how)
    {
        await rig.RunAsync("web", "node-1", machine => machine.With(spec => spec.RestartPolicy = RestartPolicies.Never));
        rig.Agent.Release("web", JsonOf.Patch($$"""{"completion":{"time":"2026-01-01T00:00:00Z","reason":"{{how}}"} }"""));
        await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null);
    }

    private static void Check(OperatorRig rig, string state) => Recording.Check(rig.Server.FindJson<VirtualMachine>("web", OperatorRig.Namespace), state);
}
