using System.Diagnostics;
using System.Globalization;
using Berth.EndToEnd.Tests;

namespace Berth.Benchmarks;

/// <summary>How long a binary takes from exec until its /readyz says yes, with the arguments and in the namespaces that the stack gives it.</summary>
internal sealed class StartUp(BenchmarkStack stack) : IDisposable
{
    private const int Rounds = 5;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>The binary's size in bytes.</summary>
    public long SizeOf(string process) => new FileInfo($"/proc/{Pid(process)}/exe").ResolveLinkTarget(returnFinalTarget: true) is FileInfo file ? file.Length : 0;

    /// <summary>Ends the stack's own process, starts the same command line several times, and leaves the stack as it was.</summary>
    public async Task<Samples> MeasureAsync(string process, string url, string? host, CancellationToken cancellationToken)
    {
        string[] line = [.. StackProcesses.CommandLine(stack.Processes.Pid(process))!.Split('\0', StringSplitOptions.RemoveEmptyEntries)];
        stack.Processes.Kill(process);
        await UntilAsync(url, isReady: false, cancellationToken);
        var samples = new Samples();
        for (var round = 0; round < Rounds; round++)
        {
            samples.Add(await OnceAsync(line, url, host, cancellationToken));
        }

        await stack.StartWhatEndedAsync(cancellationToken);
        return samples;
    }

    public void Dispose() => _http.Dispose();

    private async Task<TimeSpan> OnceAsync(string[] line, string url, string? host, CancellationToken cancellationToken)
    {
        string[] command = host is null ? line : ["nsenter", "-t", Pid(host), "-m", "-n", "-u", "-i", "-p", "-C", .. line];
        var clock = Stopwatch.StartNew();
        using var started = Command.Start(command[0], command[1..]);
        // Nobody reads these; a full pipe would stop the process.
        started.OutputDataReceived += (_, _) => { };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        try
        {
            await UntilAsync(url, isReady: true, cancellationToken);
            return clock.Elapsed;
        }
        finally
        {
            Command.Kill(started);
            await started.WaitForExitAsync(CancellationToken.None);
            await UntilAsync(url, isReady: false, CancellationToken.None);
        }
    }

    private async Task UntilAsync(string url, bool isReady, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (await IsReadyAsync(url, cancellationToken) != isReady)
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new TimeoutException($"{url}/readyz: waited a minute for {(isReady ? "yes" : "silence")}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> IsReadyAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"{url}/readyz"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private string Pid(string process) => stack.Processes.Pid(process).ToString(CultureInfo.InvariantCulture);
}
