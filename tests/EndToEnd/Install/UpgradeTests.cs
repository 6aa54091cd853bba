namespace Berth.EndToEnd.Tests;

/// <summary>From the version before this one to this one and back, under a running guest: with the chart and the images of both.</summary>
[Collection(nameof(Install))]
public sealed class UpgradeTests(Stack stack) : InstallTest(stack)
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task The_version_before_is_upgraded_and_rolled_back_to_under_a_running_guest()
    {
        var before = (await RunAsync("tests/stack/release.sh")).Trim();
        Assert.SkipWhen(before.Length == 0, "this clone has no tag of a version before this one");
        await StartAnewAsync();
        await ProvideImagesAsync(before);

        var install = new Guide(Stack, "install.md") { Instead = { ["charts/berth "] = $"{before}/chart --set agent.accelerator=tcg " } };
        foreach (var heading in (string[])["Install", "Say which nodes are hosts", "A place for disks, and a network"])
        {
            await install.RunAsync(heading, Cancellation);
        }

        var old = await ImagesAsync();
        var guest = await RunningGuestAsync("steady");
        var upgrade = new Guide(Stack, "upgrade.md");
        foreach (var heading in (string[])["Before", "Upgrade", "After"])
        {
            await upgrade.RunAsync(heading, Cancellation);
        }

        await guest.IsUntouchedAsync(Cancellation);
        Assert.Empty(old.Intersect(await ImagesAsync()));
        var young = await RunningGuestAsync("young");
        await upgrade.RunAsync("Roll back", Cancellation);
        Assert.Equal(old, await ImagesAsync());
        await guest.IsUntouchedAsync(Cancellation);
        await young.IsUntouchedAsync(Cancellation);

        // With the definitions of the newer version left in place; there is something to put back only after another upgrade.
        await upgrade.RunAsync("Upgrade", Cancellation);
        await new Guide(Stack, "upgrade.md") { Instead = { ["OLD-CHART"] = $"{before}/chart" } }.RunAsync("Roll back and keep the newer definitions", Cancellation);
        Assert.Equal(old, await ImagesAsync());
        await guest.IsUntouchedAsync(Cancellation);

        // The older agent ends what the newer one has started.
        foreach (var machine in (SteadyGuest[])[guest, young])
        {
            await Kubectl.DeleteAsync("vm", machine.Machine.Name, Namespace, Cancellation, TimeSpan.FromSeconds(60));
        }

        await install.RunAsync("Remove", Cancellation);
    }

    private async Task<IReadOnlyList<string>> ImagesAsync() =>
        [.. (await PodsAsync()).Select(pod => pod.At("spec.containers")![0]!["image"]!.ToString()).Distinct().Order(StringComparer.Ordinal)];
}
