using Berth.Api;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What is wrong with a VM's spec; empty when it can be carried out.</summary>
internal delegate IReadOnlyList<FieldFinding> CheckVirtualMachine(VirtualMachine machine);
