using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Berth.NodeAgent.Images;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>An internet in which every address is the scripted server, so that a test can be anywhere and never leaves the machine.</summary>
internal sealed class FakeWeb(ScriptedServer server) : IWebConnections
{
    private readonly ConcurrentDictionary<string, Queue<IPAddress[]>> _names = new();

    /// <summary>Addresses that were connected to, in order.</summary>
    public ConcurrentQueue<IPAddress> Connected { get; } = new();

    /// <summary>Gives a name its addresses: one answer after the other, the last one for good.</summary>
    public FakeWeb Name(string host, params string[][] answers)
    {
        _names[host] = new Queue<IPAddress[]>(answers.Select(answer => answer.Select(IPAddress.Parse).ToArray()));
        return this;
    }

    public Task<IPAddress[]> FindAsync(string host, CancellationToken cancellationToken) => _names.TryGetValue(host, out var answers)
        ? Task.FromResult(answers.Count > 1 ? answers.Dequeue() : answers.Peek())
        : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));

    public async Task<Socket> ConnectAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        Connected.Enqueue(target.Address);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(server.Address).Port, cancellationToken);
        return socket;
    }
}
