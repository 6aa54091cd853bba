namespace Berth.EndToEnd.Tests;

/// <summary>The VMs of the field walk: few, so that the walk is short; between them they set every field.</summary>
internal sealed class FieldMachines(SharedImages images, string pool, string iso, string priorityClass)
{
    public const string Plain = "plain";
    public const string Full = "full";
    public const string Kernel = "kernel";
    public const string Placed = "placed";
    public const string Stopped = "stopped";
    public const string Never = "never";
    public const string Patient = "patient";

    public const string UserData = "#cloud-config user-data-of-the-walk";
    public const string NetworkData = "network-data-of-the-walk: 2";
    public const string SecretText = "#cloud-config secret-of-the-walk";
    public const string Mac = "52:54:00:be:00:01";

    /// <summary>Fields that this version does not carry out, each with the YAML that sets it; each is set by a VM of its own.</summary>
    public static IReadOnlyDictionary<string, string> NotSupported { get; } = new Dictionary<string, string>
    {
        ["spec.cpu.max"] = "cpu: {max: 4}",
        ["spec.cpu.dedicated"] = "cpu: {dedicated: true}",
        ["spec.memory.max"] = "memory: {size: 64Mi, max: 128Mi}",
        ["spec.memory.hugepages"] = "memory: {size: 64Mi, hugepages: 2Mi}",
        ["spec.firmware.type"] = "firmware: {type: uefi}",
        ["spec.firmware.secureBoot"] = "firmware: {secureBoot: true}",
        ["spec.firmware.tpm"] = "firmware: {tpm: true}",
        ["spec.disks[].ephemeral.size"] = "disks: [{name: tmp, ephemeral: {size: 8Mi}}]",
        ["spec.evictionStrategy"] = "evictionStrategy: Shutdown",
        ["spec.devices"] = "devices: {sound: {model: ich9}}",
    };

    /// <summary>How a field's finding names it: without the marks of lists, and a reference by its object.</summary>
    public static string NameInMessage(string field) => field switch
    {
        "spec.disks[].ephemeral.size" => "ephemeral",
        _ => field,
    };

    /// <summary>Name of the VM that sets a field that is not carried out.</summary>
    public static string NameFor(string field) => "not-" + new string([.. field.ToLowerInvariant().Where(char.IsAsciiLetter)]);

    public string Manifest() => string.Join("---\n",
    [
        Manifests.DiskMachine(Plain, images.Idle, OnNode1),
        Manifests.DiskMachine(Patient, images.Idle, OnNode1, grace: 30),
        Manifests.DiskMachine(Stopped, images.Idle, "powerState: Stopped"),
        Manifests.DiskMachine(Never, images.PowersOff, $"restartPolicy: Never\n{OnNode1}"),
        Manifests.Volume("own", "{size: 4Mi, pool: default}"),
        FullMachine(),
        KernelMachine(),
        $"apiVersion: v1\nkind: Secret\nmetadata: {{name: seed}}\nstringData: {{text: {Manifests.Quoted(SecretText)}}}\n",
        PlacedMachine(),
        .. NotSupported.Select(field => Manifests.Machine(NameFor(field.Key), WithMemory(field.Value))),
    ]);

    private static readonly string OnNode1 = Manifests.OnNode("node-1");

    private string FullMachine() => Manifests.Machine(Full,
        $$"""
          restartedAt: "2026-01-01T00:00:00Z"
          terminationGracePeriodSeconds: 0
          {{OnNode1}}
          cpu: {sockets: 2, cores: 3, threads: 2, model: Penryn, features: [{name: svm, policy: disable}]}
          memory: {size: 72Mi}
          disks:
            - {name: first, template: {pool: {{pool}}, image: {{images.Idle}}, size: 8Mi}, bus: scsi, bootOrder: 7}
            - {name: second, volume: {name: own} }
            - {name: third, cdrom: {image: {{iso}} } }
          interfaces:
            - {name: lan, network: default, model: rtl8139, mac: "{{Mac}}"}
          cloudInit:
            userData: {{Manifests.Quoted(UserData)}}
            networkData: {{Manifests.Quoted(NetworkData)}}
          """);

    private string KernelMachine() => Manifests.Machine(Kernel,
        $$"""
          memory: {size: 96Mi}
          terminationGracePeriodSeconds: 0
          {{OnNode1}}
          firmware: {kernel: {image: {{images.Kernel}}, initrd: {{images.Initrd}}, cmdline: "console=ttyS0 walk=<1&2>"} }
          cloudInit: {userDataSecretRef: {name: seed, key: text} }
          """);

    private string PlacedMachine() => Manifests.Machine(Placed, $"memory: {{size: 64Mi}}\n{PlacementManifest.Yaml(priorityClass)}");

    private static string WithMemory(string spec) => spec.StartsWith("memory:", StringComparison.Ordinal) ? spec : $"memory: {{size: 64Mi}}\n{spec}";
}
