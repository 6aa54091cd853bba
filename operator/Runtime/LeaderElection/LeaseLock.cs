using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Runtime.LeaderElection;

/// <summary>Takes, renews and gives back one Lease; every write is conditional on the version read.</summary>
internal sealed class LeaseLock(IKubernetesClient client, LeaderElectionOptions options, TimeProvider time)
{
    private V1Lease? _lease;
    private long _changeSeen;
    private bool _wasThere;

    /// <summary>True when the Lease as last read names another holder.</summary>
    public bool IsHeldByOther => _lease is { Spec.HolderIdentity: { Length: > 0 } holder } && holder != options.Identity;

    /// <summary>Takes the Lease where it is free or has not changed for its duration, renews it where it is ours. False where another holds it or was faster.</summary>
    /// <param name="mayMakeAgain">True for a leader whose Lease somebody deleted. Others wait as if it had not changed: its holder still works.</param>
    public async Task<bool> TryHoldAsync(bool mayMakeAgain, CancellationToken cancellationToken)
    {
        try
        {
            // A renewal goes by the version of our own last write; only when that fails the Lease is read.
            if (_lease is null || _lease.Spec.HolderIdentity != options.Identity)
            {
                Remember(await client.GetAsync<V1Lease>(options.Name, options.Namespace, cancellationToken));
            }

            if (_lease is null)
            {
                if (!mayMakeAgain && _wasThere && time.GetElapsedTime(_changeSeen) < options.LeaseDuration)
                {
                    return false;
                }

                Remember(await client.CreateAsync(Create(), cancellationToken));
                return true;
            }

            if (IsHeldByOther && time.GetElapsedTime(_changeSeen) < DurationOf(_lease))
            {
                return false;
            }

            Remember(await client.MergePatchAsync(_lease, Patch(_lease), null, cancellationToken));
            return true;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsAlreadyExists || e.IsNotFound)
        {
            // Not forgotten altogether: when the change was seen still counts.
            Remember(await client.GetAsync<V1Lease>(options.Name, options.Namespace, cancellationToken));
            return false;
        }
    }

    /// <summary>Gives the Lease back, so that the next leader need not wait for it to run out.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_lease is { } lease && lease.Spec.HolderIdentity == options.Identity)
        {
            var spec = new JsonObject { ["holderIdentity"] = "", ["leaseDurationSeconds"] = 1 };
            _lease = await client.MergePatchAsync(lease, new JsonObject { ["spec"] = spec }, null, cancellationToken);
        }
    }

    private void Remember(V1Lease? lease)
    {
        if (lease?.Metadata.ResourceVersion != _lease?.Metadata.ResourceVersion)
        {
            _changeSeen = time.GetTimestamp();
        }

        _wasThere |= lease is not null;
        _lease = lease;
    }

    // The holder's word where it is the longer one: it counts on being left alone for that long.
    private TimeSpan DurationOf(V1Lease lease) =>
        TimeSpan.FromSeconds(Math.Max(lease.Spec.LeaseDurationSeconds ?? 0, options.LeaseDuration.TotalSeconds));

    private V1Lease Create() => new()
    {
        Metadata = new V1ObjectMeta { Name = options.Name, NamespaceProperty = options.Namespace },
        Spec = Spec(time.GetUtcNow(), time.GetUtcNow(), 0),
    };

    private JsonObject Patch(V1Lease lease)
    {
        var now = time.GetUtcNow();
        var isOurs = lease.Spec.HolderIdentity == options.Identity;
        var spec = Spec(isOurs ? lease.Spec.AcquireTime ?? now : now, now, (lease.Spec.LeaseTransitions ?? 0) + (isOurs ? 0 : 1));
        return new JsonObject { ["spec"] = JsonSerializer.SerializeToNode(spec, KubernetesJsonContext.Default.V1LeaseSpec) };
    }

    private V1LeaseSpec Spec(DateTimeOffset acquired, DateTimeOffset renewed, int transitions) => new()
    {
        HolderIdentity = options.Identity,
        LeaseDurationSeconds = (int)Math.Ceiling(options.LeaseDuration.TotalSeconds),
        AcquireTime = acquired,
        RenewTime = renewed,
        LeaseTransitions = transitions,
    };
}
