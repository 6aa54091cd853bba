using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Consoles;
using Berth.NodeAgent.Images;
using Berth.NodeAgent.StorageVolumes;
using Berth.Testing.Hostile;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>No name, namespace, UID or digest leads out of the folder that the agent meant.</summary>
public sealed class HostilePathTests(ITestOutputHelper output)
{
    private const string Folder = "/var/lib/berth/pools/default";

    [Fact]
    public void Each_kind_of_hostile_text_stays_in_its_folder()
    {
        foreach (var text in HostileText.All)
        {
            Check(text, "shop", "0123abcd-0000");
            Check("web", text, "0123abcd-0000");
            Check("web", "shop", text);
        }
    }

    [Fact]
    public void Random_text_stays_in_its_folder()
    {
        var seed = HostileSeed.Next();
        output.WriteLine($"seed {seed} (BERTH_SEED)");
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            Check(HostileText.Any(random), HostileText.Any(random), HostileText.Any(random));
        }
    }

    private static void Check(string name, string @namespace, string uid)
    {
        var volume = new StorageVolume { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = @namespace, Uid = uid } };
        var images = new ImageFolder(Folder);
        AssertInside(Folder, () => Path.Combine(Folder, VolumePlan.NameOf(volume)));
        AssertInside(Folder, () => Path.Combine(Folder, VolumePlan.DraftNameOf(volume)));
        AssertInside(Folder, () => Path.Combine(Folder, VolumePlan.RecordNameOf(volume)));
        AssertInside(Folder, () => Path.Combine(Folder, ImageFolder.RecordNameOf(uid)));
        AssertInside(Folder, () => images.CopyPath("sha256:" + name));
        AssertInside(Folder, () => images.CopyPath(uid));
        AssertInside("/state/console", () => new ConsoleLogs(new AgentOptions { NodeName = "n", StateDirectory = "/state" }).PathOf(@namespace, name, uid));
    }

    // Refused, or a name directly in the folder; nothing in between.
    private static void AssertInside(string folder, Func<string> pathOf)
    {
        string path;
        try
        {
            path = pathOf();
        }
        catch (InvalidDataException)
        {
            return;
        }

        Assert.Equal(folder, Path.GetDirectoryName(Path.GetFullPath(path)));
        Assert.Equal(path, Path.GetFullPath(path));
    }
}
