using System.Diagnostics;
using System.Globalization;

namespace Berth.Libvirt.Tests.Daemon;

/// <summary>A host of its own with a real libvirtd, for root on Linux with libvirt-daemon-system and qemu-system-x86.</summary>
/// <remarks>Where it cannot be started, the tests fail with the reason: nothing here is skipped silently.</remarks>
public sealed class PrivateHost : IAsyncLifetime
{
    private const int LogLines = 30;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    // Short, because a socket's path has at most 107 bytes.
    private readonly string _root = $"/tmp/blv-{Guid.NewGuid().ToString("N")[..8]}";
    private Process? _namespaces;

    /// <summary>The URI under which tests reach the daemon from outside.</summary>
    public string Uri => $"qemu+unix:///system?socket={_root}/run/libvirt/libvirt-sock";

    /// <summary>A folder of the test's, at the same path inside and outside.</summary>
    public string Folder => Directory.CreateDirectory($"{_root}/data").FullName;

    private static string Script => Path.Combine(AppContext.BaseDirectory, "Daemon", "private-host.sh");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_root);
        _namespaces = Process.Start("/bin/bash", [Script, "start", _root]);
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = await LibvirtConnection.OpenAsync(Uri, null, CancellationToken.None);
                return;
            }
            catch (LibvirtException exception)
            {
                if (_namespaces.HasExited || deadline.Elapsed > s_patience)
                {
                    throw new InvalidOperationException($"No private libvirtd here: {exception.Message}\n{ReadLogs()}");
                }
            }

            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_namespaces is { HasExited: false })
        {
            _namespaces.Kill();
            await _namespaces.WaitForExitAsync();
        }

        _namespaces?.Dispose();
        await RunAsync(Script, "clean", _root);
    }

    /// <summary>Connects, waiting for a daemon that is just coming back.</summary>
    internal async Task<LibvirtConnection> OpenAsync(LibvirtConnectionOptions? options = null)
    {
        var connection = LibvirtConnection.Start(Uri, options);
        await connection.WaitUntilConnectedAsync(CancellationToken.None).WaitAsync(s_patience);
        return connection;
    }

    /// <summary>Sends a signal such as "STOP" to the host's process of this name.</summary>
    internal Task SignalAsync(string signal, string process) =>
        RunAsync("-c", $"kill -{signal} {FindProcess(process)}");

    // The init of the namespaces is the child of unshare; what it starts, and what daemonises, are its children.
    private int FindProcess(string name) =>
        Children(Children(_namespaces!.Id).Single())
            .Single(pid => File.ReadAllText($"/proc/{pid}/comm").Trim().StartsWith(name, StringComparison.Ordinal));

    private static IEnumerable<int> Children(int pid) =>
        File.ReadAllText($"/proc/{pid}/task/{pid}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start("/bin/bash", arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private string ReadLogs() => string.Join('\n', new[] { "init.log", "libvirtd.log" }
        .Select(name => $"{_root}/log/{name}")
        .Where(File.Exists)
        .Select(path => $"{path}:\n{string.Join('\n', File.ReadLines(path).TakeLast(LogLines))}"));
}

[CollectionDefinition(nameof(PrivateHost))]
public sealed class PrivateHostCollection : ICollectionFixture<PrivateHost>;
