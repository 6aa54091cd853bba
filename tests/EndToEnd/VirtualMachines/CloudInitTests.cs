using System.Text;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>Text for cloud-init reaches the guest byte for byte.</summary>
public sealed partial class CloudInitTests(Stack stack) : EndToEndTest(stack)
{
    // Everything that XML, YAML, JSON, a shell or an ISO writer could trip over; not ended by a newline.
    private const string UserData =
        "#cloud-config\n# <domain type=\"kvm\">&amp; <![CDATA[ ]]> --> %s \\n ${HOME} `id` 'single' \"double\"\n"
        + "text: \"ünïcødé – 日本語 – 🚢 \u00a0\"\n\ttab\r\nlast: </domain>&<>'\" no newline";

    [Fact]
    public async Task The_guest_sees_exactly_the_text_of_the_manifest()
    {
        await ApplyAsync(Manifests.DiskMachine("seeded", Stack.Images.Disk, memory: "128Mi", grace: 20, spec:
            $"""
             cloudInit:
               userData: {Manifests.Quoted(UserData)}
             """));
        var seeded = Machine("seeded");
        await seeded.BecomesReadyAsync("Running", Cancellation);
        var console = await seeded.ConsoleShowsAsync("SEED-END user-data", Cancellation);
        var lines = Seed().Match(console).Groups[1].Value;
        var seen = Encoding.UTF8.GetString(Convert.FromBase64String(Regex.Replace(lines, @"\s", "")));
        Assert.Equal(UserData, seen);
        // The host name comes from the seed's meta-data.
        await seeded.ConsoleShowsAsync("GUEST-READY", Cancellation);
        Assert.Matches(@"GUEST-READY .*\bseeded\b", await seeded.ConsoleShowsAsync("GUEST-READY", Cancellation));
    }

    [GeneratedRegex(@"SEED-BEGIN user-data\s(.*?)SEED-END user-data", RegexOptions.Singleline)]
    private static partial Regex Seed();
}
