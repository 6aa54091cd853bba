using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Testing.ApiServer;

namespace Berth.Operator.Tests.Support;

/// <summary>The user.</summary>
internal sealed class MachineHand(FakeApiServer server)
{
    public VirtualMachine Apply(VirtualMachine machine)
    {
        machine.Status ??= new VirtualMachineStatus { ObservedGeneration = -1 };
        return server.Seed(machine);
    }

    public VirtualMachine? Find(string name) => server.Find<VirtualMachine>(name, OperatorRig.Namespace);

    public VirtualMachine Get(string name) => Find(name) ?? throw new InvalidOperationException($"There is no VM {name}.");

    public void PatchSpec(string name, string json) =>
        server.Patch<VirtualMachine>(name, OperatorRig.Namespace, new JsonObject { ["spec"] = JsonNode.Parse(json) });

    public void PatchStatus(string name, string json) =>
        server.Patch<VirtualMachine>(name, OperatorRig.Namespace, new JsonObject { ["status"] = JsonNode.Parse(json) }, "status");

    public void Delete(string name) => server.Delete<VirtualMachine>(name, OperatorRig.Namespace);

    public Condition? Condition(string name, string type) => Find(name)?.Status?.Conditions.Find(type);

    /// <summary>The whole list, one line per condition, sorted.</summary>
    public IReadOnlyList<string> Conditions(string name) =>
        [.. (Get(name).Status?.Conditions ?? []).Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}").Order(StringComparer.Ordinal)];
}

/// <summary>kube-scheduler and the kubelets.</summary>
internal sealed class SchedulerHand(FakeApiServer server)
{
    public V1Pod? Berth(string name) => server.Find<V1Pod>(name, OperatorRig.Namespace);

    public IReadOnlyList<string> Berths() => [.. server.List<V1Pod>(OperatorRig.Namespace).Select(pod => pod.Name()).Order(StringComparer.Ordinal)];

    public void Bind(string berth, string node) => Patch(berth, $$"""{"spec": {"nodeName": "{{node}}"} }""");

    public void Refuse(string berth, string message) => PatchStatus(berth, $$"""
        {"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"{{message}}"}]}
        """);

    public void Fail(string berth, string reason, string message) => PatchStatus(berth, $$"""{"phase":"Failed","reason":"{{reason}}","message":"{{message}}"}""");

    /// <summary>Bound and rejected before the operator has looked: in one step, so that it never sees the one without the other.</summary>
    public void BindAndFail(string berth, string node, string reason, string message)
    {
        var pod = Berth(berth)!;
        pod.Spec!.NodeName = node;
        pod.Status = new V1PodStatus { Phase = "Failed", Reason = reason, Message = message };
        server.Seed(pod);
    }

    public void Delete(string berth) => server.Delete<V1Pod>(berth, OperatorRig.Namespace, gracePeriodSeconds: 0);

    private void Patch(string berth, string json) => server.Patch<V1Pod>(berth, OperatorRig.Namespace, JsonOf.Patch(json));

    private void PatchStatus(string berth, string json) =>
        server.Patch<V1Pod>(berth, OperatorRig.Namespace, new JsonObject { ["status"] = JsonNode.Parse(json) }, "status");
}

/// <summary>The agents: they write what an agent would.</summary>
internal sealed class AgentHand(FakeApiServer server)
{
    /// <summary>The domain runs; one status write.</summary>
    public void Run(string name)
    {
        var machine = Get(name);
        var disks = new JsonArray([.. (machine.Spec.Disks ?? []).Select(disk => (JsonNode)new JsonObject { ["name"] = disk.Name, ["volume"] = machine.VolumeNameOf(disk) })]);
        Write(machine, new JsonObject
        {
            ["observedGeneration"] = machine.Metadata.Generation,
            ["state"] = "Running",
            ["nodeName"] = machine.BoundNode(),
            ["domain"] = new JsonObject { ["uuid"] = machine.Uid(), ["id"] = 1, ["machineType"] = "pc-q35-7.2" },
            ["interfaces"] = new JsonArray(new JsonObject { ["name"] = "lan", ["mac"] = "52:54:00:00:00:01" }),
            ["volumes"] = disks,
        }, [
            Kubernetes.Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Running),
            Kubernetes.Condition.True(VirtualMachineConditions.StorageReady, ConditionReasons.Succeeded),
            Kubernetes.Condition.True(VirtualMachineConditions.NetworkReady, ConditionReasons.Succeeded),
        ]);
    }

    /// <summary>Nothing of the VM is left on the node.</summary>
    public void Release(string name, JsonObject? more = null)
    {
        var status = new JsonObject { ["state"] = "Stopped", ["nodeName"] = null, ["domain"] = null, ["releasedEpoch"] = Get(name).Epoch() };
        foreach (var (key, value) in more ?? [])
        {
            status[key] = value?.DeepClone();
        }

        Write(Get(name), status, [Kubernetes.Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Stopped)]);
    }

    /// <summary>The node will not take the VM.</summary>
    public void Refuse(string name, string why) => Write(
        Get(name),
        new JsonObject { ["state"] = "Pending", ["releasedEpoch"] = Get(name).Epoch() },
        [Kubernetes.Condition.False(ConditionTypes.Ready, VirtualMachineReasons.PlacementRefused, why)]);

    /// <summary>The volume's file is there.</summary>
    public void Make(string volume, string node) => PatchVolume(volume, $$"""
        {"state":"Ready","nodeName":"{{node}}","path":"/pool/{{volume}}","createdAt":"2026-01-01T00:00:00Z","conditions":[{"type":"Ready","status":"True","reason":"Available","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}
        """);

    /// <summary>The volume's file is gone.</summary>
    public void ReleaseVolume(string volume)
    {
        var live = server.Find<StorageVolume>(volume, OperatorRig.Namespace)!;
        PatchVolume(volume, $$"""{"state":"Deleted","releasedEpoch":{{live.Status?.Executor?.Epoch ?? 0}}}""");
    }

    public void PatchVolume(string volume, string json) =>
        server.Patch<StorageVolume>(volume, OperatorRig.Namespace, new JsonObject { ["status"] = JsonNode.Parse(json) }, "status");

    private VirtualMachine Get(string name) => server.Find<VirtualMachine>(name, OperatorRig.Namespace)!;

    private void Write(VirtualMachine machine, JsonObject status, IReadOnlyList<Condition> conditions)
    {
        string[] own = [ConditionTypes.Ready, ConditionTypes.Reconciling, ConditionTypes.Stalled];
        var kept = (machine.Status?.Conditions ?? []).Where(old => !own.Contains(old.Type) && conditions.All(fresh => fresh.Type != old.Type));
        status["conditions"] = new JsonArray([.. kept.Concat(conditions).Select(condition => (JsonNode)new JsonObject
        {
            ["type"] = condition.Type,
            ["status"] = condition.Status,
            ["reason"] = condition.Reason,
            ["message"] = condition.Message,
            ["observedGeneration"] = condition.ObservedGeneration ?? machine.Metadata.Generation,
            ["lastTransitionTime"] = "2026-01-01T00:00:00Z",
        })]);
        server.Patch<VirtualMachine>(machine.Name(), OperatorRig.Namespace, new JsonObject { ["status"] = status }, "status");
    }
}
