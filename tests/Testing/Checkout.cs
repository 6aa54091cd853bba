using System.Runtime.CompilerServices;

namespace Berth.Testing;

/// <summary>The repository that the tests were built from.</summary>
public static class Checkout
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    public static string PathOf(string path) => Path.Combine(Root, path);

    public static string Text(string path) => File.ReadAllText(PathOf(path));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
