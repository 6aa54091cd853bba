using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>An agent that is older than what was asked of it: it starts nothing that it does not understand, and leaves alone what runs.</summary>
public sealed class VersionTests : IAsyncLifetime
{
    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("""{"futureThing":{"size":1}}""", "spec.futureThing")]
    [InlineData("""{"memory":{"size":"64Mi","encrypted":true}}""", "spec.memory.encrypted")]
    [InlineData("""{"interfaces":[{"name":"lan","network":"default","speed":"1G"}]}""", "spec.interfaces[0].speed")]
    public async Task A_VM_with_a_field_that_is_not_known_is_not_started_but_released(string spec, string path)
    {
        await _bench.GivenAsync();
        await PatchSpecAsync(spec);
        await _bench.PassAsync();

        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
        Assert.Contains("Ready=False/PlacementRefused", _bench.Conditions);
        Assert.Contains(path, Message(ConditionTypes.Ready), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_that_the_watch_of_a_former_schema_does_not_tell_is_found_by_the_last_question()
    {
        await _bench.GivenAsync();
        await _bench.FreezeStoreAsync();
        var kept = (JsonObject)JsonSerializer.SerializeToNode(_bench.Machine, ApiJsonContext.Default.VirtualMachine)!;
        kept["spec"]!["futureThing"] = true;
        _bench.Server.Seed($"/apis/{BerthApi.Group}/{BerthApi.Version}/namespaces/ns/virtualmachines/vm", kept);
        await _bench.PassAsync();

        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
        Assert.Contains("spec.futureThing", Message(ConditionTypes.Ready), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_guest_goes_on_when_its_spec_gets_one_and_a_condition_names_it()
    {
        await RunAsync();
        await PatchSpecAsync("""{"futureThing":true}""");
        await _bench.PassAsync();

        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.Equal(
            ["LiveMigratable=False/NotSupported", "NetworkReady=True/Succeeded", "Ready=True/Running", "StorageReady=True/Succeeded", "UnknownFields=True/UnknownField"],
            _bench.Conditions);
        Assert.Contains("spec.futureThing", Message(VirtualMachineConditions.UnknownFields), StringComparison.Ordinal);

        await PatchSpecAsync("""{"futureThing":null}""");
        await _bench.PassAsync();
        Assert.DoesNotContain("UnknownFields=True/UnknownField", _bench.Conditions);
    }

    [Fact]
    public async Task A_guest_that_ended_with_one_is_not_started_again()
    {
        await RunAsync();
        await PatchSpecAsync("""{"futureThing":true}""");
        await _bench.PassAsync();
        await _bench.SyncAsync();
        _bench.Domains.End(_bench.Id, DomainEnd.Shutdown);
        await _bench.PassAsync();

        Assert.Equal(["define ns.vm", "start ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
        Assert.Contains("spec.futureThing", Message(ConditionTypes.Ready), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_that_could_not_start_the_guest_again_does_not_stop_it()
    {
        await RunAsync();
        await PatchSpecAsync("""{"futureThing":true,"restartedAt":"2020-01-01T00:00:00Z"}""");
        await _bench.PassAsync();

        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.Equal(DomainState.Running, _bench.Domain!.State);
        Assert.Contains("Stalled=True/UnknownField", _bench.Conditions);
    }

    [Fact]
    public async Task A_VM_is_stopped_whatever_its_spec_holds()
    {
        await RunAsync();
        await PatchSpecAsync("""{"futureThing":true,"powerState":"Stopped"}""");
        await _bench.PassAsync();
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Null(_bench.Domain);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task Fields_of_the_status_that_are_not_known_stay_through_the_agents_writes()
    {
        await _bench.GivenAsync();
        _bench.Server.Patch<VirtualMachine>(
            "vm", "ns", new JsonObject { ["status"] = JsonNode.Parse("""{"futureWord":"kept","binding":{"futureWord":"kept"},"domain":{"uuid":"","futureWord":"kept"}}""") }, "status");
        await _bench.SyncAsync();
        await _bench.PassAsync();

        var status = _bench.Server.Find<RawMachine>("vm", "ns")!.Status;
        Assert.Equal(VirtualMachineStates.Running, status.GetProperty("state").GetString());
        Assert.All([status, status.GetProperty("binding"), status.GetProperty("domain")], found => Assert.Equal("kept", found.GetProperty("futureWord").GetString()));
    }

    [Theory]
    [InlineData(BerthApi.ApiLevel, true)]
    [InlineData(BerthApi.ApiLevel + 1, false)]
    public async Task A_binding_of_a_higher_level_is_refused(int level, bool starts)
    {
        await _bench.GivenAsync(change: machine => machine with { Status = machine.Status! with { Binding = machine.Status.Binding! with { ApiLevel = level } } });
        await _bench.PassAsync();
        string[] calls = starts ? ["define ns.vm", "start ns.vm"] : [];
        Assert.Equal(calls, _bench.Domains.Calls);
        Assert.Equal(starts, _bench.Machine.Status!.ReleasedEpoch is null);
    }

    [Fact]
    public async Task A_refusal_is_given_by_the_holder_alone()
    {
        await _bench.GivenAsync();
        await PatchSpecAsync("""{"futureThing":true}""");
        await _bench.FreezeStoreAsync();
        _bench.Server.Patch<VirtualMachine>("vm", "ns", new JsonObject { ["status"] = JsonNode.Parse("""{"binding":{"nodeName":"node-2","epoch":2}}""") }, "status");
        await _bench.PassAsync();
        Assert.Null(_bench.Machine.Status!.ReleasedEpoch);
    }

    private async Task RunAsync()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        await _bench.SyncAsync();
    }

    // As text: what a newer client writes does not go through this build's types.
    private async Task PatchSpecAsync(string json)
    {
        _bench.Server.Patch<VirtualMachine>("vm", "ns", new JsonObject { ["spec"] = JsonNode.Parse(json) });
        await _bench.SyncAsync();
    }

    private string Message(string condition) => (_bench.Machine.Status?.Conditions ?? []).Single(found => found.Type == condition).Message;
}

/// <summary>A VirtualMachine as it is stored, whatever its status holds.</summary>
[KubernetesEntity(Group = BerthApi.Group, ApiVersion = BerthApi.Version, Kind = "VirtualMachine", PluralName = "virtualmachines")]
internal sealed record RawMachine : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public JsonElement Status { get; set; }
}
