namespace Berth.Libvirt.Tests.TestDriver;

/// <summary>A simulated host of libvirt's test driver, empty and of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private const string Node = """
        <node>
          <cpu><mhz>2800</mhz><model>i686</model><active>8</active><nodes>2</nodes><sockets>2</sockets><cores>2</cores><threads>1</threads></cpu>
          <memory>16777216</memory>
        </node>
        """;

    private readonly string _file;

    private TestHost(string file, LibvirtConnection connection)
    {
        _file = file;
        Connection = connection;
    }

    internal LibvirtConnection Connection { get; }

    internal static async Task<TestHost> OpenAsync(LibvirtConnectionOptions? options = null)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Node, TestContext.Current.CancellationToken);
        var connection = await LibvirtConnection.OpenAsync(
            $"test://{file}", options, TestContext.Current.CancellationToken);
        return new TestHost(file, connection);
    }

    internal static string DomainXml(string name, Guid uuid) => $"""
        <domain type='test'>
          <name>{name}</name>
          <uuid>{uuid}</uuid>
          <memory unit='KiB'>65536</memory>
          <vcpu current='1'>2</vcpu>
          <os><type>hvm</type></os>
          <devices>
            <disk type='file' device='disk'><source file='/nowhere/{name}.raw'/><target dev='vda' bus='virtio'/></disk>
            <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><target dev='testnet0'/></interface>
          </devices>
        </domain>
        """;

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        File.Delete(_file);
    }
}
