using System.Net;

namespace Berth.Runtime.Hosting;

/// <summary>Where metrics and health are served.</summary>
public sealed record DiagnosticsOptions
{
    /// <summary>Address and port of the listener; port 0 takes a free one. Null serves nothing. Default 0.0.0.0:8080.</summary>
    public IPEndPoint? Endpoint { get; init; } = new(IPAddress.Any, 8080);
}
