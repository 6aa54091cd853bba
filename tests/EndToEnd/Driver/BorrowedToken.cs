namespace Berth.EndToEnd.Tests;

/// <summary><c>kubectl</c> with a token and nothing else.</summary>
internal sealed class BorrowedToken : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("borrowed-token").FullName;

    private BorrowedToken(string token, string[] kubeconfig)
    {
        File.WriteAllText(Path.Combine(_folder, "token"), token);
        File.WriteAllLines(
            Path.Combine(_folder, "kubeconfig"),
            kubeconfig.Select(line => line.Contains("tokenFile:", StringComparison.Ordinal) ? $"- {{name: berth, user: {{tokenFile: {_folder}/token }} }}" : line));
        Kubectl = new KubernetesCli(Path.Combine(_folder, "kubeconfig"));
    }

    public KubernetesCli Kubectl { get; }

    /// <summary>At the API server of the stack.</summary>
    public static BorrowedToken At(Stack stack, string token) =>
        new(token, File.ReadAllLines(Path.Combine(stack.Folder, "nodes", "node-1", "kubeconfig")));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
