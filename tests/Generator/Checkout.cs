using System.Runtime.CompilerServices;

namespace Berth.Generator.Tests;

/// <summary>The repository that the tests were built from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Repository.RootAbove(Path.GetDirectoryName(ThisFile())!);

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
