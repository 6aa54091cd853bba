using Berth.Benchmarks;

// usage: Berth.Benchmarks STATE-FOLDER [PART…]: the folder is that of a stack with one node, brought up by `make bench`
if (args is not [var folder, .. var parts] || parts.Except(BenchmarkRun.Parts).Any())
{
    Console.Error.WriteLine($"usage: Berth.Benchmarks STATE-FOLDER [{string.Join('|', BenchmarkRun.Parts)}]…");
    return 2;
}

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};

using var stack = new BenchmarkStack(Path.GetFullPath(folder));
var report = new Report();
await new BenchmarkRun(stack, report).RunAsync(parts is [] ? BenchmarkRun.Parts : parts, stopping.Token);
report.WriteTo(Checkout.PathOf("artifacts/bench"));
return 0;
