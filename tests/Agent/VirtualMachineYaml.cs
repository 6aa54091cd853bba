using System.Text.Json;
using Berth.Api;
using Berth.Testing.GitOps;

namespace Berth.NodeAgent.Tests;

/// <summary>Reads a VirtualMachine from YAML, as kubectl would send it.</summary>
internal static class VirtualMachineYaml
{
    public static VirtualMachine Read(string text) => ManifestReader.Read(text)[0].Deserialize(ApiJsonContext.Default.VirtualMachine)!;
}
