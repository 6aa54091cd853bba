using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Protection;

/// <summary>The control group that holds this node's guests and nothing else: a kubelet knows nothing of it, so none of its limits fall on a guest. Thread-safe.</summary>
/// <remarks>It is never a reason not to start a guest: where it cannot be had, guests are where libvirt puts them.</remarks>
internal sealed partial class GuestPartition(HostCgroups cgroups, ILogger<GuestPartition> logger)
{
    /// <summary>The partition as domains name it. Right below the root: protection of memory reaches no further than that of the groups above.</summary>
    public const string Name = "/berth";

    /// <summary>What libvirt makes of the name: without systemd-machined a group that must be there, with it a slice that systemd makes.</summary>
    public static readonly IReadOnlyList<string> Groups = ["berth.partition", "berth.slice"];

    private readonly Lock _lock = new();
    private bool _isProven;
    private string? _refusal;

    /// <summary>Why guests are not put into the partition; null while they are.</summary>
    public string? Problem { get; private set; }

    /// <summary>True once a guest was started in the partition.</summary>
    public bool IsProven
    {
        get
        {
            lock (_lock)
            {
                return _isProven;
            }
        }
    }

    /// <summary>Makes the partition where it is missing, and tells its name for a domain's XML; null where it cannot be had.</summary>
    public string? Prepare()
    {
        lock (_lock)
        {
            var problem = _refusal ?? Make();
            if (problem != Problem && problem is not null)
            {
                Log.NotToBeHad(logger, Name, problem);
            }

            Problem = problem;
            return problem is null ? Name : null;
        }
    }

    /// <summary>A guest was started in it.</summary>
    public void Worked()
    {
        lock (_lock)
        {
            _isProven = true;
        }
    }

    /// <summary>A guest started without the partition that did not start with it: it is not used any more in the life of this process.</summary>
    public void Refused(string message)
    {
        lock (_lock)
        {
            _refusal = $"libvirt did not start a guest in it: {message}";
        }

        Prepare();
    }

    private string? Make()
    {
        try
        {
            if (cgroups.Version == 0)
            {
                return "the agent sees no control groups in /sys/fs/cgroup";
            }

            cgroups.Make(Groups[0]);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Guests are not put into the partition {Partition}: {Problem}")]
        public static partial void NotToBeHad(ILogger logger, string partition, string problem);
    }
}
