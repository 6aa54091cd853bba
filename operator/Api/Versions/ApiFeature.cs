namespace Berth.Api;

/// <summary>Something that a VM can ask for since a level of the API above 1.</summary>
/// <param name="Level">The least level of an agent that carries it out.</param>
/// <param name="Field">Path of the field that asks for it, such as <c>spec.devices.gpus</c>.</param>
/// <param name="IsAskedBy">Whether a spec asks for it.</param>
public sealed record ApiFeature(int Level, string Field, Func<VirtualMachineSpec, bool> IsAskedBy);

/// <summary>The level that a VM needs.</summary>
/// <param name="Level">1 for a VM that every agent can run.</param>
/// <param name="Field">The field that asks for it; null for level 1.</param>
public readonly record struct ApiNeed(int Level, string? Field);
