using System.Diagnostics;

namespace Berth.Benchmarks;

/// <summary>How long an agent takes to answer for its metrics, over HTTP, guests included.</summary>
internal sealed class ScrapeCost(string agentUrl)
{
    public const int Rounds = 30;

    /// <summary>Times of scrapes one after the other, and the size of the last answer in bytes.</summary>
    public async Task<(Samples Times, int Bytes)> MeasureAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var url = new Uri($"{agentUrl}/metrics");
        var times = new Samples();
        var bytes = (await http.GetByteArrayAsync(url, cancellationToken)).Length;
        for (var i = 0; i < Rounds; i++)
        {
            var clock = Stopwatch.StartNew();
            bytes = (await http.GetByteArrayAsync(url, cancellationToken)).Length;
            times.Add(clock.Elapsed);
        }

        return (times, bytes);
    }
}
