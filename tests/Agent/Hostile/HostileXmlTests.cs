using System.Xml.Linq;
using Berth.Api;
using Berth.Libvirt;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Tests.Domains;
using Berth.Testing.Hostile;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>Whatever validation lets pass becomes a document that libvirt takes, or refuses for what the host has not.</summary>
public sealed class HostileXmlTests(PrivateHost libvirt, ITestOutputHelper output) : IClassFixture<PrivateHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void No_text_becomes_an_element() => Write(4000);

    [Fact]
    [Trait("Category", "Long")]
    public void No_text_of_a_hundred_thousand_VMs_becomes_an_element() => Write(100_000);

    [Fact]
    public Task What_passes_validation_is_defined_or_refused_for_what_the_host_has_not() => DefineAsync(300);

    [Fact]
    [Trait("Category", "Long")]
    public Task What_passes_validation_of_many_is_defined_or_refused_for_what_the_host_has_not() => DefineAsync(10_000);

    private void Write(int count)
    {
        var accepted = 0;
        foreach (var (machine, xml) in Accepted(count))
        {
            accepted++;
            // As libvirt reads it: a text of blanks is a text.
            var document = XDocument.Parse(xml, LoadOptions.PreserveWhitespace).Root!;

            // Text that got out of its place would be further elements, or other text.
            Assert.Equal(machine.Spec.Disks?.Count ?? 0, document.Descendants("disk").Count(disk => disk.Element("serial")!.Value != DisksXml.SeedSerial || disk.Element("readonly") is null));
            Assert.All(document.Descendants("disk"), disk => Assert.Contains(disk.Element("driver")!.Attribute("type")!.Value, (string[])["raw", "qcow2"]));
            Assert.Equal(machine.Spec.Interfaces?.Count ?? 0, document.Descendants("interface").Count());
            Assert.Equal(machine.Spec.Cpu?.Features?.Count ?? 0, document.Descendants("feature").Count());
            Assert.Equal(machine.Spec.Firmware?.Kernel?.Cmdline ?? "", document.Element("os")!.Element("cmdline")?.Value ?? "");
            Assert.Equal(machine.Metadata.Uid, DomainFacts.Parse(xml).Owner!.Uid);
        }

        output.WriteLine($"{accepted} of {count} passed validation");
        Assert.InRange(accepted, count / 20, count);
    }

    private async Task DefineAsync(int count)
    {
        await using var connection = await libvirt.OpenAsync();
        var (defined, refusals) = (0, new SortedDictionary<string, int>(StringComparer.Ordinal));
        foreach (var (machine, xml) in Accepted(count))
        {
            try
            {
                var id = await connection.Domains.DefineAsync(xml, validate: true, Cancellation);
                await connection.Domains.UndefineAsync(id, DomainUndefineOptions.None, Cancellation);
                defined++;
            }
            catch (LibvirtException refusal)
            {
                // Of these codes is what depends on the host: its CPUs, its machine's limits. A document that is wrong has others.
                Assert.True(
                    refusal.Code is LibvirtErrorCode.ConfigUnsupported or LibvirtErrorCode.ArgumentUnsupported or LibvirtErrorCode.InvalidArgument && !IsOfDocument(refusal),
                    $"{refusal.Code} {refusal.Detail}\n{xml}");
                refusals[refusal.Detail] = refusals.GetValueOrDefault(refusal.Detail) + 1;
            }
        }

        output.WriteLine($"{defined} defined; {string.Join("; ", refusals.Select(pair => $"{pair.Value} × {pair.Key}"))}");
        Assert.True(defined > 0, string.Join('\n', refusals.Keys));
    }

    private static bool IsOfDocument(LibvirtException refusal) => refusal.Detail.Contains("XML", StringComparison.OrdinalIgnoreCase);

    private IEnumerable<(VirtualMachine Machine, string Xml)> Accepted(int count)
    {
        var seed = HostileSeed.Next();
        output.WriteLine($"seed {seed} (BERTH_SEED)");
        var machines = new HostileMachines(new Random(seed));
        for (var round = 0; round < count; round++)
        {
            var machine = machines.Next();
            if (VirtualMachineValidation.Check(machine) is [])
            {
                yield return (machine, DomainXml.Of(DomainInputs.Of(machine, GoldenScenarios.Parts(machine, Accelerators.Tcg))));
            }
        }
    }
}
