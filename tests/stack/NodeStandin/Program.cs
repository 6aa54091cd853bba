using System.CommandLine;
using System.Globalization;
using Berth.NodeStandin;

var kubeconfig = new Option<string>("--kubeconfig") { Required = true };
var listen = new Option<string>("--listen") { Required = true, Description = "address:port of the control requests" };
var cpus = new Option<string>("--cpus") { DefaultValueFactory = _ => "32" };
var memory = new Option<string>("--memory") { DefaultValueFactory = _ => "64Gi" };
var pods = new Option<string>("--pods") { DefaultValueFactory = _ => "500" };
var heartbeat = new Option<string>("--heartbeat") { DefaultValueFactory = _ => "5", Description = "seconds between two heartbeats of a node" };
var command = new RootCommand("Plays the kubelets of the local stack.") { kubeconfig, listen, cpus, memory, pods, heartbeat };

command.SetAction(async (arguments, cancellationToken) =>
{
    var seconds = double.Parse(arguments.GetValue(heartbeat)!, CultureInfo.InvariantCulture);
    var options = new NodeOptions(arguments.GetValue(cpus)!, arguments.GetValue(memory)!, arguments.GetValue(pods)!, TimeSpan.FromSeconds(seconds));
    using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    using var api = ApiServer.FromKubeconfig(arguments.GetValue(kubeconfig)!);
    var nodes = new NodeHeartbeats(api, options, TimeProvider.System);
    using var player = new PodPlayer(api, nodes, TimeProvider.System);
    var control = new ControlServer(arguments.GetValue(listen)!, nodes, player);
    try
    {
        // Whichever ends first, by a fault or because the process is told to stop, ends all.
        var first = await Task.WhenAny(
            nodes.RunAsync(ended.Token), player.WatchAsync(ended.Token), player.ResyncAsync(ended.Token), control.RunAsync(ended.Token));
        await ended.CancelAsync();
        await first;
    }
    catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
    {
        // Told to stop.
    }
});

return await command.Parse(args).InvokeAsync();
