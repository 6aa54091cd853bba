using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Berth.EndToEnd.Tests;

/// <summary>Walks every field of a VirtualMachine's spec: each changes the domain, the berth or a status, or is refused by name.</summary>
public sealed class FieldWalkTests(Stack stack) : EndToEndTest(stack)
{
    private IReadOnlyList<string> Fields => CrdFields.OfSpec(Checkout.PathOf("config/crd/berth.dev_virtualmachines.yaml"));

    [Fact]
    public void Every_field_has_an_entry_and_every_entry_a_field()
    {
        var table = FieldTable.For("any");
        Assert.DoesNotContain(Fields, field => !table.Any(effect => effect.Covers(field)));
        Assert.DoesNotContain(table, effect => !Fields.Any(effect.Covers));
    }

    [Fact]
    public void The_placement_of_the_walk_sets_every_field_of_placement()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(PlacementManifest.Yaml("any")));
        var set = CrdFields.SetBy("spec.placement", yaml.Documents[0].RootNode["placement"], Fields.Contains);
        Assert.Empty(Fields.Where(field => field.StartsWith("spec.placement.", StringComparison.Ordinal)).Except(set));
    }

    [Fact]
    public async Task Every_field_shows_or_is_refused_by_name()
    {
        var pool = ClusterScoped("pool", "walk");
        await ApplyAsync(Objects(pool) + (await MachinesAsync(pool)).Manifest());
        var seen = await SettleAsync();
        await StopForGraceAsync(seen);

        var table = FieldTable.For(pool);
        var missing = table.Where(effect => !effect.Shows(seen[effect.Machine])).ToList();
        Assert.True(missing.Count == 0, string.Join('\n', missing.Select(effect => $"{effect.Path} does not show in VM {effect.Machine}:\n{seen[effect.Machine]}")));

        // Proof that seeing is believing: the plain VM, which sets none of them, shows none of them.
        var plain = seen[FieldMachines.Plain];
        Assert.Empty(table.Where(effect => effect.Machine == FieldMachines.Full && effect.Shows(plain)).Select(effect => effect.Path));
    }

    private async Task<FieldMachines> MachinesAsync(string pool)
    {
        var priorityClass = ClusterScoped("priorityclass", "walk");
        await ApplyAsync($"apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {{name: {priorityClass}}}\nvalue: 7\n");
        return new FieldMachines(Stack.Images, pool, await ServeImageAsync("iso", "iso", Iso()), priorityClass);
    }

    private static string Objects(string pool) =>
        $$"""
          apiVersion: berth.dev/v1alpha1
          kind: StoragePool
          metadata: {name: {{pool}} }
          spec: {type: dir, target: {path: /var/lib/berth/pools/{{pool}} } }
          ---

          """;

    // Each VM is observed when it has come to where its spec takes it.
    private async Task<Dictionary<string, FieldEvidence>> SettleAsync()
    {
        foreach (var name in (string[])[FieldMachines.Plain, FieldMachines.Patient, FieldMachines.Full, FieldMachines.Kernel])
        {
            await Machine(name).BecomesReadyAsync("Running", Cancellation, Eventually.Booted);
        }

        foreach (var name in (string[])[FieldMachines.Stopped, FieldMachines.Never])
        {
            await Machine(name).BecomesReadyAsync("Stopped", Cancellation);
            await Eventually.SeesAsync("the berth to go", Machine(name).BerthsAsync, berths => berths.Count == 0, Eventually.Soon, Cancellation);
        }

        foreach (var field in FieldMachines.NotSupported.Keys)
        {
            await Machine(FieldMachines.NameFor(field)).BecomesAsync("to be refused", machine => machine.IsTrue("Stalled"), Cancellation);
        }

        await Eventually.SeesAsync("a berth", Machine(FieldMachines.Placed).BerthsAsync, berths => berths.Count == 1, Eventually.Soon, Cancellation);
        var machines = await Kubectl.ListAsync("vm", Namespace, Cancellation);
        var seen = new Dictionary<string, FieldEvidence>();
        foreach (var machine in machines)
        {
            seen[machine.Name] = await ObserveAsync(machine);
        }

        return seen;
    }

    private async Task StopForGraceAsync(Dictionary<string, FieldEvidence> seen)
    {
        await Machine(FieldMachines.Plain).PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await Machine(FieldMachines.Patient).PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await Machine(FieldMachines.Plain).BecomesReadyAsync("Stopped", Cancellation);
        await Machine(FieldMachines.Patient).BecomesAsync("to be Stopping", machine => machine.Text("status.state") == "Stopping", Cancellation);
        seen[FieldMachines.Patient] = await ObserveAsync(await Machine(FieldMachines.Patient).GetAsync(Cancellation));
    }

    private async Task<FieldEvidence> ObserveAsync(KubernetesJson machine)
    {
        var node = machine.Text("status.nodeName") is { Length: > 0 } name ? Stack.Node(name) : null;
        var domain = node is not null && (await node.DomainsAsync(Cancellation)).Contains(machine.Uid) ? await node.DomainXmlAsync(machine.Uid, Cancellation) : null;
        var berths = await Machine(machine.Name).BerthsAsync(Cancellation);
        var seed = domain?.Text("/domain/devices/disk[serial='cidata']/source/@file");
        await AddVolumeAsync(machine);
        return new(
            machine,
            domain,
            berths.Count == 0 ? null : berths[0],
            seed is null ? null : Encoding.Latin1.GetString(await File.ReadAllBytesAsync(node!.Path(seed), Cancellation)));
    }

    // The templated volume is a status of its own: kept beside the VM's under "volume".
    private async Task AddVolumeAsync(KubernetesJson machine)
    {
        if (await Kubectl.FindAsync("vol", $"{machine.Name}-first", Namespace, Cancellation) is { } volume)
        {
            ((JsonObject)machine.Root)["volume"] = volume.Root.DeepClone();
        }
    }

    // The least that is an ISO 9660 volume: its descriptor's mark in the seventeenth sector.
    private static byte[] Iso()
    {
        var iso = new byte[20 * 2048];
        iso[16 * 2048] = 1;
        Encoding.ASCII.GetBytes("CD001").CopyTo(iso, (16 * 2048) + 1);
        iso[(16 * 2048) + 6] = 1;
        return iso;
    }
}
