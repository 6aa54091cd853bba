namespace Berth.Generator.Tests;

/// <summary>A schema default is written into every object that is read. To agents of an older version a new one is a field in every VM that they do not know, and each would start no guest any more.</summary>
public sealed class DefaultsTests
{
    // Of the first release. Not to be added to: what comes later has its default in the code, and in the field's description.
    private static readonly string[] OfTheFirstRelease =
    [
        "Image.spec.type",
        "StoragePool.spec.reclaimPolicy", "StoragePool.spec.shared", "StoragePool.spec.type",
        "StorageVolume.spec.allocation", "StorageVolume.spec.format",
        "VirtualMachine.spec.cpu.cores", "VirtualMachine.spec.cpu.model", "VirtualMachine.spec.cpu.sockets", "VirtualMachine.spec.cpu.threads",
        "VirtualMachine.spec.evictionStrategy", "VirtualMachine.spec.firmware.type", "VirtualMachine.spec.powerState",
        "VirtualMachine.spec.restartPolicy", "VirtualMachine.spec.terminationGracePeriodSeconds",
        "VirtualNetwork.spec.mode",
    ];

    [Fact]
    public void No_field_that_is_newer_than_the_first_release_has_one() => Assert.Equal(
        OfTheFirstRelease,
        Crds.ByKind.Keys
            .SelectMany(kind => Crds.Walk(Crds.SchemaOf(kind), kind))
            .Where(found => found.Schema["default"] is not null && found.Path.Contains(".spec", StringComparison.Ordinal))
            .Select(found => found.Path)
            .Order(StringComparer.Ordinal));
}
