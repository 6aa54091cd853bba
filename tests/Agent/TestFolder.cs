namespace Berth.NodeAgent.Tests;

/// <summary>A folder of a test's own, gone with it.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("berth-agent-").FullName;

    public AgentOptions Options => new() { NodeName = "node-1", StateDirectory = Path, LibvirtLogDirectory = System.IO.Path.Combine(Path, "libvirt-logs") };

    public void Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
