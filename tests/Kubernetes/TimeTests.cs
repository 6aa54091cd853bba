using System.Text.Json;

namespace Berth.Kubernetes.Tests;

public sealed class TimeTests
{
    private static readonly DateTimeOffset Moment = new DateTimeOffset(2026, 11, 21, 10, 20, 30, TimeSpan.FromHours(2)).AddTicks(1234567);

    [Fact]
    public void Times_are_written_in_UTC_and_whole_seconds()
    {
        var json = JsonSerializer.Serialize(new Condition { Type = "Ready", LastTransitionTime = Moment }, KubernetesJsonContext.Default.GetTypeInfo(typeof(Condition))!);

        Assert.Contains("\"lastTransitionTime\":\"2026-11-21T08:20:30Z\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Lease_times_are_written_with_exactly_six_fractional_digits()
    {
        var json = JsonSerializer.Serialize(new V1Lease { Spec = new V1LeaseSpec { RenewTime = Moment } }, KubernetesJsonContext.Default.V1Lease);

        Assert.Contains("\"renewTime\":\"2026-11-21T08:20:30.123456Z\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lease_time_on_the_second_has_six_digits_too()
    {
        var lease = new V1Lease { Spec = new V1LeaseSpec { AcquireTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) } };

        Assert.Contains("\"2026-01-02T03:04:05.000000Z\"", JsonSerializer.Serialize(lease, KubernetesJsonContext.Default.V1Lease), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-21T08:20:30Z")]
    [InlineData("2026-11-21T10:20:30+02:00")]
    [InlineData("2026-11-21T08:20:30.000000Z")]
    [InlineData("2026-11-21T08:20:30.000000000Z")]
    public void Every_way_of_writing_a_moment_reads_the_same(string text)
    {
        var meta = JsonSerializer.Deserialize($$$"""{"metadata":{"creationTimestamp":"{{{text}}}"}}""", KubernetesJsonContext.Default.V1Pod)!.Metadata;
        var lease = JsonSerializer.Deserialize($$$"""{"spec":{"renewTime":"{{{text}}}"}}""", KubernetesJsonContext.Default.V1Lease)!;

        Assert.Equal(new DateTimeOffset(2026, 11, 21, 8, 20, 30, TimeSpan.Zero), meta.CreationTimestamp);
        Assert.Equal(meta.CreationTimestamp, lease.Spec.RenewTime);
    }
}
