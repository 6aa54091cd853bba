using Berth.Api;
using Berth.Api.Tests;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;
using Berth.Testing.Hostile;

namespace Berth.Operator.Tests.Hostile;

/// <summary>Among objects of every kind with hostile specs the operator goes on, and each VM is told why it does not run.</summary>
public sealed class HostileObjectsTests(ITestOutputHelper output)
{
    [Fact]
    public Task Hostile_objects_stop_nobody_else() => ReconcileAsync(batches: 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_hundred_thousand_hostile_objects_stop_nobody_else() => ReconcileAsync(batches: 500);

    private async Task ReconcileAsync(int batches)
    {
        var seed = HostileSeed.Next();
        output.WriteLine($"seed {seed} (BERTH_SEED)");
        var objects = new RandomObjects(new Random(seed));
        for (var batch = 0; batch < batches; batch++)
        {
            await using var rig = await OperatorRig.StartAsync();
            for (var number = 0; number < 100; number++)
            {
                rig.Machines.Apply(Sound(objects.Hostile<VirtualMachineSpec>(), number));
                Seed(rig, objects, number);
            }

            // With the others in the queue before it.
            rig.Machines.Apply(TestMachines.Named("sound"));
            await rig.BindAsync("sound", "node-1");

            // What came out sound after all waits for the scheduler, and says so when it has waited for a moment.
            await rig.PassAsync(TimeSpan.FromSeconds(3));
            await rig.SettleAsync();

            foreach (var machine in rig.Server.List<VirtualMachine>(OperatorRig.Namespace))
            {
                var conditions = machine.Status?.Conditions ?? [];
                Assert.True(conditions.Any(condition => condition.Type == ConditionTypes.Ready), $"seed {seed}, batch {batch}: {machine.Name()} has no word on it");
                Assert.DoesNotContain(conditions, condition => condition.Reason == ConditionReasons.Error);
            }
        }
    }

    private static void Seed(OperatorRig rig, RandomObjects objects, int number)
    {
        switch (number % 4)
        {
            case 0: rig.Server.Seed(Cluster(new StoragePool { Spec = objects.Hostile<StoragePoolSpec>() }, number)); break;
            case 1: rig.Server.Seed(Cluster(new Image { Spec = objects.Hostile<ImageSpec>() }, number)); break;
            case 2: rig.Server.Seed(Cluster(new VirtualNetwork { Spec = objects.Hostile<VirtualNetworkSpec>() }, number)); break;
            default:
                var volume = Cluster(new StorageVolume { Spec = objects.Hostile<StorageVolumeSpec>() }, number);
                volume.Metadata.NamespaceProperty = OperatorRig.Namespace;
                rig.Server.Seed(volume);
                break;
        }
    }

    private static T Cluster<T>(T entity, int number)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        entity.Metadata = new V1ObjectMeta { Name = $"hostile-{number}", Generation = 1 };
        if (entity is StoragePool { Spec.Source.ValueKind: System.Text.Json.JsonValueKind.Undefined } pool)
        {
            pool.Spec.Source = null;
        }

        return entity;
    }

    // The API server names objects and fills in what every object has; the spec is the user's.
    private static VirtualMachine Sound(VirtualMachineSpec spec, int number)
    {
        if (spec.Devices is { ValueKind: System.Text.Json.JsonValueKind.Undefined })
        {
            spec.Devices = null;
        }

        return new VirtualMachine { Metadata = new V1ObjectMeta { Name = $"hostile-{number}", NamespaceProperty = OperatorRig.Namespace, Generation = 1 }, Spec = spec };
    }
}
