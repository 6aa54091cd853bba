namespace Berth.EndToEnd.Tests.Leaks;

/// <summary>All that Berth and its nodes hold at one moment, by name: what is in a later one and not in an earlier one was left behind.</summary>
internal sealed record Holdings(IReadOnlySet<string> Files, IReadOnlySet<string> Domains, IReadOnlySet<string> Leases, int Watches, double Handles)
{
    /// <summary>The folders of a node that Berth and libvirt write to.</summary>
    private static readonly string[] Folders = ["/var/lib/berth", "/etc/libvirt", "/run/libvirt", "/var/lib/libvirt", "/var/log/libvirt", "/var/cache/libvirt"];

    public static async Task<Holdings> ReadAsync(Stack stack, HttpClient http, CancellationToken cancellationToken)
    {
        var domains = new SortedSet<string>(StringComparer.Ordinal);
        var handles = 0.0;
        foreach (var node in stack.Nodes)
        {
            domains.UnionWith(await node.DomainsAsync(cancellationToken));
            var scrape = await Scrape.OfAsync(http, stack.AgentUrl(node), cancellationToken);
            handles += scrape.Sum("libvirt_open_handles") - scrape.Sum("libvirt_open_handles", "kind=\"connection\"") - scrape.Sum("libvirt_open_handles", "kind=\"callback\"");
        }

        var leases = await stack.Kubectl.ListAsync("leases", null, cancellationToken, "--all-namespaces");
        return new(
            stack.Nodes.SelectMany(FilesOf).ToHashSet(StringComparer.Ordinal),
            domains,
            leases.Select(lease => $"{lease.Text("metadata.namespace")}/{lease.Name}").ToHashSet(StringComparer.Ordinal),
            await WatchesAsync(stack, cancellationToken),
            handles);
    }

    /// <summary>What has come since <paramref name="earlier"/> and is still there.</summary>
    public IReadOnlyList<string> Since(Holdings earlier) =>
    [
        .. Files.Except(earlier.Files).Select(file => $"file {file}"),
        .. Domains.Except(earlier.Domains).Select(domain => $"domain {domain}"),
        .. Leases.Except(earlier.Leases).Select(lease => $"lease {lease}"),
        .. Watches > earlier.Watches ? [$"watches: {Watches} instead of {earlier.Watches}"] : (string[])[],
        .. Handles > 0 ? [$"libvirt handles: {Handles}"] : (string[])[],
    ];

    // Sockets and folders too. Not the copies of images, which are the Images' and come to a node with its first disk; nor
    // the folders that hold these things, of which some come with the first VM on the node that needs one.
    private static IEnumerable<string> FilesOf(StackNode node) =>
        from folder in Folders
        where Directory.Exists(node.Path(folder))
        from file in Directory.EnumerateFileSystemEntries(node.Path(folder), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true })
        where !(Path.GetDirectoryName(file) == node.Path(folder) && Directory.Exists(file))
        where !Path.GetFileName(file).StartsWith("image-", StringComparison.Ordinal) && !Path.GetFileName(file).StartsWith(".image-", StringComparison.Ordinal)
        select $"{node.Name}:{file[node.Path("").Length..]}";

    /// <summary>The watches of our kinds that the API server serves.</summary>
    private static async Task<int> WatchesAsync(Stack stack, CancellationToken cancellationToken)
    {
        var scrape = new Scrape(await stack.Kubectl.MustAsync(cancellationToken, "get", "--raw", "/metrics"));
        string[] labels = ["group=\"berth.dev\"", "verb=\"WATCH\""];
        return (int)(scrape.Sum("apiserver_longrunning_gauge", labels) + scrape.Sum("apiserver_longrunning_requests", labels));
    }
}
