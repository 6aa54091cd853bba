using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Virtual CPUs: sockets × cores × threads of them.</summary>
public sealed record Cpu
{
    /// <summary>Cores per socket.</summary>
    [RangeMinimum(1)]
    [RangeMaximum(1024)]
    [SchemaDefault(1)]
    public int Cores { get; set; } = 1;

    /// <summary>Sockets.</summary>
    [RangeMinimum(1)]
    [RangeMaximum(64)]
    [SchemaDefault(1)]
    public int Sockets { get; set; } = 1;

    /// <summary>Threads per core.</summary>
    [RangeMinimum(1)]
    [RangeMaximum(8)]
    [SchemaDefault(1)]
    public int Threads { get; set; } = 1;

    /// <summary>Up to how many virtual CPUs may be added while the VM runs. Not carried out by this version.</summary>
    [RangeMinimum(1)]
    [RangeMaximum(4096)]
    public int? Max { get; set; }

    /// <summary>CPU model: host-model (the nearest named model to the host's; can be migrated), host-passthrough, maximum, or a model that libvirt names.</summary>
    [Length(1, 64)]
    [Pattern("^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    [SchemaDefault("host-model")]
    public string Model { get; set; } = "host-model";

    /// <summary>CPU features to add to or take from the model.</summary>
    [ListMapKeys("name")]
    [Items(maxItems: 128)]
    public IList<CpuFeature>? Features { get; set; }

    /// <summary>True gives the VM whole host CPUs of its own. Not carried out by this version.</summary>
    public bool? Dedicated { get; set; }

    /// <summary>How many virtual CPUs the guest sees.</summary>
    public int Count() => Cores * Sockets * Threads;
}

/// <summary>A CPU feature and what to do about it.</summary>
public sealed record CpuFeature
{
    /// <summary>Name of the feature, as libvirt knows it, such as vmx or aes.</summary>
    [Required]
    [Length(1, 64)]
    [Pattern("^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    public string Name { get; set; } = "";

    /// <summary>require (default), optional, force, disable or forbid.</summary>
    [AllowedValues("require", "optional", "force", "disable", "forbid")]
    public string? Policy { get; set; }
}
