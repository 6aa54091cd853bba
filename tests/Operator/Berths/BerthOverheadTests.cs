using System.Globalization;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Testing;

namespace Berth.Operator.Tests.Berths;

public sealed class BerthOverheadTests
{
    [Theory]
    [InlineData("128Mi", 1, 0, 0, "233Mi")]
    [InlineData("128Mi", 1, 0, 1, "237Mi")]
    [InlineData("2Gi", 2, 1, 1, "2176Mi")]
    [InlineData("64Gi", 16, 3, 2, "65920Mi")]
    public void Memory_is_the_guests_and_what_qemu_takes_in_whole_mebibytes(string size, int vcpus, int disks, int interfaces, string memory) =>
        Assert.Equal(memory, InMebibytes(BerthOverhead.Memory(Spec(size, vcpus, disks, interfaces))));

    [Theory]
    [InlineData(1, 10, "100m")]
    [InlineData(3, 10, "300m")]
    [InlineData(1, 1, "1")]
    [InlineData(1, 3, "334m")]
    [InlineData(1, 1000, "1m")]
    public void Cpu_is_the_vcpus_over_the_ratio_and_never_nothing(int vcpus, double ratio, string cpu) =>
        Assert.Equal(cpu, BerthOverhead.Cpu(Spec("1Gi", vcpus, 0, 0), ratio).ToString());

    [Fact]
    public void A_size_beyond_all_measure_does_not_overflow() => Assert.True(BerthOverhead.Memory(Spec("9000P", 1, 0, 0)).Value > 0);

    [Fact]
    public async Task The_page_about_the_size_names_every_figure()
    {
        var page = await File.ReadAllTextAsync(Checkout.PathOf("docs/berth-size.md"), TestContext.Current.CancellationToken);
        foreach (var (what, bytes) in new[]
        {
            ("QEMU itself", BerthOverhead.Process),
            ("Translated code", BerthOverhead.TranslationCache),
            ("Each vCPU", BerthOverhead.PerVcpu),
            ("Each disk", BerthOverhead.PerDisk),
            ("Each interface", BerthOverhead.PerInterface),
        })
        {
            Assert.Contains($"| {what} | {bytes >> 20} MiB |", page, StringComparison.Ordinal);
        }

        Assert.Contains($"| Page tables | guest memory / {BerthOverhead.GuestBytesPerPageTableByte} |", page, StringComparison.Ordinal);
    }

    private static string InMebibytes(Quantity quantity) => string.Create(CultureInfo.InvariantCulture, $"{quantity.ToInt64() >> 20}Mi");

    private static VirtualMachineSpec Spec(string size, int vcpus, int disks, int interfaces) => new()
    {
        Memory = new Memory { Size = Quantity.Parse(size) },
        Cpu = new Cpu { Cores = vcpus },
        Disks = [.. Enumerable.Range(0, disks).Select(i => new Disk { Name = $"d{i}" })],
        Interfaces = [.. Enumerable.Range(0, interfaces).Select(i => new Interface { Name = $"i{i}" })],
    };
}
