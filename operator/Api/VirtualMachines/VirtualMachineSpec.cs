using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A virtual machine as it should be.</summary>
public sealed record VirtualMachineSpec
{
    /// <summary>What the VM should be: Running, Paused (in memory, not executing), Saved (memory written to disk) or Stopped.</summary>
    [AllowedValues(PowerStates.Running, PowerStates.Paused, PowerStates.Saved, PowerStates.Stopped)]
    [SchemaDefault(PowerStates.Running)]
    public string PowerState { get; set; } = PowerStates.Running;

    /// <summary>What happens when the guest stops by itself: Always starts it again, OnFailure only after a crash, Never leaves it stopped.</summary>
    [AllowedValues(RestartPolicies.Always, RestartPolicies.OnFailure, RestartPolicies.Never)]
    [SchemaDefault(RestartPolicies.Always)]
    public string RestartPolicy { get; set; } = RestartPolicies.Always;

    /// <summary>A new value restarts the guest once, gracefully, as kubectl rollout restart does. An RFC 3339 time.</summary>
    [Pattern("^(19[7-9][0-9]|[2-8][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$")]
    public DateTimeOffset? RestartedAt { get; set; }

    /// <summary>How long the guest may take to shut down, in seconds, before it is switched off. 0 switches it off at once.</summary>
    [RangeMinimum(0)]
    [RangeMaximum(86400)]
    [SchemaDefault(60L)]
    public long TerminationGracePeriodSeconds { get; set; } = 60;

    /// <summary>What happens to the VM when its node is drained: LiveMigrate, LiveMigrateIfPossible, Shutdown or None (the eviction is refused).</summary>
    [AllowedValues(EvictionStrategies.LiveMigrate, EvictionStrategies.LiveMigrateIfPossible, EvictionStrategies.Shutdown, EvictionStrategies.None)]
    [SchemaDefault(EvictionStrategies.LiveMigrateIfPossible)]
    public string EvictionStrategy { get; set; } = EvictionStrategies.LiveMigrateIfPossible;

    /// <summary>Where the VM may run; read by kube-scheduler through the VM's berth.</summary>
    public Placement? Placement { get; set; }

    /// <summary>Virtual CPUs. Without it the VM has one.</summary>
    public Cpu? Cpu { get; set; }

    /// <summary>Memory of the guest.</summary>
    [Required]
    public Memory Memory { get; set; } = new();

    /// <summary>How the VM boots. Without it: BIOS, from its disks.</summary>
    public Firmware? Firmware { get; set; }

    /// <summary>Disks, in the order in which the guest sees them.</summary>
    [ListMapKeys("name")]
    [Items(maxItems: 64)]
    public IList<Disk>? Disks { get; set; }

    /// <summary>Network interfaces, in the order in which the guest sees them. None means no network.</summary>
    [ListMapKeys("name")]
    [Items(maxItems: 32)]
    public IList<Interface>? Interfaces { get; set; }

    /// <summary>Data for cloud-init in the guest, given to it as a NoCloud seed.</summary>
    public CloudInit? CloudInit { get; set; }

    /// <summary>Further devices. Not carried out by this version: a VM that sets it ends Stalled with reason NotSupported.</summary>
    [PreserveUnknownFields]
    public System.Text.Json.JsonElement? Devices { get; set; }
}

/// <summary>Values of <c>spec.powerState</c>.</summary>
public static class PowerStates
{
    public const string Running = "Running";
    public const string Paused = "Paused";
    public const string Saved = "Saved";
    public const string Stopped = "Stopped";
}

/// <summary>Values of <c>spec.restartPolicy</c>.</summary>
public static class RestartPolicies
{
    public const string Always = "Always";
    public const string OnFailure = "OnFailure";
    public const string Never = "Never";
}

/// <summary>Values of <c>spec.evictionStrategy</c>.</summary>
public static class EvictionStrategies
{
    public const string LiveMigrate = "LiveMigrate";
    public const string LiveMigrateIfPossible = "LiveMigrateIfPossible";
    public const string Shutdown = "Shutdown";
    public const string None = "None";
}
