using System.Globalization;

namespace Berth.NodeStandin;

// BootIdFile: where the host keeps its boot id; empty for a node without a host. PidFile: holds the pid of the host's init;
// while that does not run, the kubelet does not either.
/// <summary>One node whose kubelet is played here.</summary>
internal sealed record StandinNode(string Name, string Address, string BootIdFile, string PidFile)
{
    private int _rejections;

    private volatile string _rejectionReason = "";

    private readonly string _ownBootId = Guid.NewGuid().ToString();

    /// <summary>Asked to play dead: no heartbeat, no pod started, no deletion completed.</summary>
    public bool PlaysDead { get; set; }

    public bool IsDead => PlaysDead || (PidFile.Length > 0 && !HostRuns());

    public string BootId => BootIdFile.Length > 0 && File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : _ownBootId;

    /// <summary>The next pods that are bound here are refused, as a kubelet's admission does.</summary>
    public void Reject(int count, string reason)
    {
        _rejectionReason = reason;
        Interlocked.Exchange(ref _rejections, count);
    }

    /// <summary>The reason to refuse a pod that has just arrived, or null.</summary>
    public string? TakeRejection() => Interlocked.Decrement(ref _rejections) >= 0 ? _rejectionReason : null;

    private bool HostRuns() =>
        File.Exists(PidFile)
        && int.TryParse(File.ReadAllText(PidFile), NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid)
        && Directory.Exists($"/proc/{pid}");
}
