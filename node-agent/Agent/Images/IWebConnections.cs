using System.Net;
using System.Net.Sockets;

namespace Berth.NodeAgent.Images;

/// <summary>The way to web servers.</summary>
internal interface IWebConnections
{
    /// <summary>The addresses of a host.</summary>
    /// <exception cref="SocketException">It has none, or nobody knows.</exception>
    Task<IPAddress[]> FindAsync(string host, CancellationToken cancellationToken);

    /// <summary>Connects to exactly this address.</summary>
    /// <exception cref="SocketException">Nobody answers there.</exception>
    Task<Socket> ConnectAsync(IPEndPoint target, CancellationToken cancellationToken);
}
