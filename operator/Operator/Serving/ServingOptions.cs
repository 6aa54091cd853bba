using System.Net;

namespace Berth.Operator.Serving;

/// <summary>The HTTPS listener.</summary>
/// <param name="Endpoint">Address and port; port 0 takes a free one.</param>
internal sealed record ServingOptions(IPEndPoint Endpoint)
{
    /// <summary>The largest request that is read. An admission review carries an object twice, and the API server stores none above 1.5 MiB.</summary>
    public long MaxRequestBytes { get; init; } = 8 * 1024 * 1024;
}
