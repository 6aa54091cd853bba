using Berth.Images.Tests;

[assembly: AssemblyFixture(typeof(BuiltImages))]

namespace Berth.Images.Tests;

/// <summary>The images of this checkout, made by <c>images/build.sh</c> before the first test. What has been published already is not published again.</summary>
public sealed class BuiltImages : IAsyncLifetime
{
    public static readonly string[] Names = ["operator", "agent", "pause"];

    private readonly TestFolder _folder = new();
    private readonly Dictionary<string, BuiltImage> _images = [];

    /// <summary>What the script said: a line for each image.</summary>
    public string Output { get; private set; } = "";

    public BuiltImage this[string name] => _images[name];

    public static string Archive(string name) => Checkout.PathOf($"artifacts/images/{name}.tar");

    public static string Sbom(string name) => Checkout.PathOf($"artifacts/images/{name}.spdx.json");

    public async ValueTask InitializeAsync()
    {
        var run = await ProcessRun.OfAsync(Checkout.PathOf("images/build.sh"), [], CancellationToken.None);
        Output = run.ExitCode == 0 ? run.Output : throw new InvalidOperationException($"images/build.sh failed:\n{run.Error}{run.Output}");
        foreach (var name in Names)
        {
            _images[name] = await BuiltImage.ReadAsync(Archive(name), _folder.Combine(name));
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
