using System.Diagnostics;
using System.Xml.Linq;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Benchmarks;

/// <summary>Apply → Running through Berth, and <c>virsh create</c> of the very same XML, in turns on the same node.</summary>
/// <remarks>
/// Berth's time runs from before the create request until a watch has shown status.state Running; virsh's is that of the whole
/// command, which returns when the guest runs. The copy's name, UUID and MAC differ, and it writes to a copy of the disk.
/// </remarks>
internal sealed class StartLatency(BenchmarkStack stack, MachineWatch watch)
{
    public const int Rounds = 20;

    private const string Copy = "bench-by-virsh";

    public async Task<(Samples Berth, Samples Virsh)> MeasureAsync(Func<string, VirtualMachine> make, string name, CancellationToken cancellationToken)
    {
        var (berth, virsh) = (new Samples(), new Samples());
        var file = Path.GetTempFileName();
        try
        {
            // The first round is not counted: images are fetched, caches are cold.
            for (var round = 0; round <= Rounds; round++)
            {
                var byBerth = await ByBerthAsync(make($"{name}-{round}"), round == 0 ? file : null, cancellationToken);
                var byVirsh = await ByVirshAsync(file, cancellationToken);
                if (round > 0)
                {
                    berth.Add(byBerth);
                    virsh.Add(byVirsh);
                }
            }
        }
        finally
        {
            File.Delete(file);
        }

        return (berth, virsh);
    }

    private async Task<TimeSpan> ByBerthAsync(VirtualMachine machine, string? copyXmlTo, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var created = await stack.Client.CreateAsync(machine, cancellationToken);
        await watch.UntilRunningAsync(machine.Name(), cancellationToken);
        var elapsed = clock.Elapsed;
        if (copyXmlTo is not null)
        {
            await CopyXmlAsync(created, copyXmlTo, cancellationToken);
        }

        await stack.Client.DeleteAsync<VirtualMachine>(machine.Name(), BenchmarkStack.Namespace, null, cancellationToken);
        await watch.UntilGoneAsync(machine.Name(), cancellationToken);
        return elapsed;
    }

    private async Task<TimeSpan> ByVirshAsync(string file, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        (await stack.VirshAsync(cancellationToken, "create", file)).MustSucceed();
        var elapsed = clock.Elapsed;
        (await stack.VirshAsync(cancellationToken, "destroy", Copy)).MustSucceed();
        return elapsed;
    }

    private async Task CopyXmlAsync(VirtualMachine machine, string file, CancellationToken cancellationToken)
    {
        var uid = machine.Metadata.Uid!;
        var xml = (await stack.VirshAsync(cancellationToken, "dumpxml", "--inactive", uid)).MustSucceed();
        // The UUID stands in the SMBIOS tables as well, where libvirt wants the same one.
        var domain = XElement.Parse(xml.Replace(uid, Guid.NewGuid().ToString(), StringComparison.OrdinalIgnoreCase));
        domain.Element("name")!.Value = Copy;
        // Berth must see a foreign domain in it, not one of its own.
        domain.Element("metadata")?.Remove();
        foreach (var mac in domain.Descendants("mac"))
        {
            mac.SetAttributeValue("address", "52:54:00:be:ef:01");
        }

        foreach (var source in domain.Descendants("disk").Elements("source"))
        {
            var path = source.Attribute("file")!.Value;
            File.Copy(stack.PathOnNode(path), stack.PathOnNode($"{Path.GetDirectoryName(path)}/{Copy}"), overwrite: true);
            source.SetAttributeValue("file", $"{Path.GetDirectoryName(path)}/{Copy}");
        }

        foreach (var log in domain.Descendants("log"))
        {
            log.SetAttributeValue("file", $"/var/lib/berth/{Copy}.log");
        }

        await File.WriteAllTextAsync(file, domain.ToString(), cancellationToken);
    }
}
