using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Hypervisors;
using Berth.Runtime.Client;

namespace Berth.Operator.HostChecks;

/// <summary>Waits until every node that is labelled as a host is fit, and reports.</summary>
internal sealed class HostCheck(IKubernetesClient client, HostCheckOptions options, TimeProvider time, TextWriter output)
{
    private const int Fit = 0;
    private const int NotFit = 1;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    // Versions of the agents' Leases as they were seen first, and the nodes whose Lease has changed since. No clock is compared with another.
    private readonly Dictionary<string, string?> _leases = new(StringComparer.Ordinal);
    private readonly HashSet<string> _heard = new(StringComparer.Ordinal);

    /// <summary>Returns the exit code: 0 when all hosts are fit, 1 when some are not, or there is none, or nobody can be asked.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var (isFit, lines) = await LookAsync(cancellationToken);
            if (isFit || time.GetElapsedTime(started) >= options.Timeout)
            {
                foreach (var line in lines)
                {
                    await output.WriteLineAsync(line.AsMemory(), cancellationToken);
                }

                return isFit ? Fit : NotFit;
            }

            await Task.Delay(Period, time, cancellationToken);
        }
    }

    private async Task<(bool IsFit, IReadOnlyList<string> Lines)> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await client.ListAsync<V1Node>(new ListOptions { LabelSelector = $"{BerthLabels.Host}=true" }, cancellationToken);
            var hosts = (await client.ListAsync<Hypervisor>(new ListOptions(), cancellationToken)).Items.ToDictionary(host => host.Name(), StringComparer.Ordinal);
            Listen((await client.ListAsync<V1Lease>(new ListOptions { Namespace = options.Namespace }, cancellationToken)).Items);
            var found = nodes.Items.Select(node => node.Name()).Order(StringComparer.Ordinal)
                .Select(node => HostFitness.Of(node, hosts.GetValueOrDefault(node), _heard.Contains(node))).ToList();
            return found.Count == 0
                ? (false, [$"No node is a host of VMs: kubectl label node NODE {BerthLabels.Host}=true"])
                : (found.All(host => host.IsFit), [.. found.SelectMany(host => host.Lines)]);
        }
        catch (KubernetesException e)
        {
            return (false, [$"The API server cannot be asked: {e.Message}"]);
        }
    }

    private void Listen(IEnumerable<V1Lease> leases)
    {
        foreach (var lease in leases.Where(lease => lease.Name().StartsWith(HeartbeatRecord.LeasePrefix, StringComparison.Ordinal)))
        {
            var node = lease.Name()[HeartbeatRecord.LeasePrefix.Length..];
            if (!_leases.TryAdd(node, lease.Metadata.ResourceVersion) && _leases[node] != lease.Metadata.ResourceVersion)
            {
                _heard.Add(node);
            }
        }
    }
}
