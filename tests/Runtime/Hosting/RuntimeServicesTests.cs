using System.Net;
using Berth.Kubernetes;
using Berth.Runtime.Hosting;
using Berth.Runtime.LeaderElection;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Tests.Reconcile;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Berth.Runtime.Tests.Hosting;

/// <summary>A whole application of one controller, as a binary puts it together.</summary>
public sealed class RuntimeServicesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reconciles_under_leadership_and_gives_the_lease_back_at_the_end()
    {
        await using var fake = await FakeApiServer.StartAsync();
        fake.Seed(Widget.Named("a", size: 4));
        using var app = Build(fake, new WidgetReconciler());
        await app.StartAsync(Cancellation);

        await Eventually.TrueAsync(() => fake.Find<Widget>("a", "default")!.Status?.Size == 4, Cancellation);
        Assert.True(app.Services.GetRequiredService<LeaderElector>().IsLeader);
        Assert.Empty(app.Services.GetRequiredService<HealthChecks>().ReadinessFailures());
        var write = Assert.Single(fake.Writes, request => request.Resource == "widgets");
        Assert.Equal(("berth-test", "berth-test"), (write.FieldManager, write.UserAgent));

        await app.StopAsync(Cancellation);
        Assert.Equal("", fake.Find<V1Lease>("leader", "berth-system")!.Spec.HolderIdentity);
    }

    [Fact]
    public async Task Can_be_woken_from_outside_by_the_controllers_name()
    {
        await using var fake = await FakeApiServer.StartAsync();
        var reconciler = new WidgetReconciler();
        using var app = Build(fake, reconciler);
        await app.StartAsync(Cancellation);

        app.Services.GetRequiredKeyedService<Controller>("widget").Enqueue(new ObjectKey("default", "unseen"));

        await Eventually.TrueAsync(() => reconciler.Absent.Contains(new ObjectKey("default", "unseen")), Cancellation);
        await app.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Stops_the_process_when_background_work_faults()
    {
        await using var fake = await FakeApiServer.StartAsync();
        using var app = Build(fake, new WidgetReconciler(), services => services.AddSingleton<IBackgroundWork, Faulting>());
        var stopping = new TaskCompletionSource();
        app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        await app.StartAsync(Cancellation);

        await stopping.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await app.StopAsync(Cancellation);
    }

    private static IHost Build(FakeApiServer fake, WidgetReconciler reconciler, Action<IServiceCollection>? configure = null)
    {
        var options = new RuntimeOptions { Diagnostics = new DiagnosticsOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) } };
        options.Client.FieldManager = options.Client.UserAgent = "berth-test";
        options.Client.TypeInfoResolvers.Add(WidgetJsonContext.Default);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddBerthRuntime(fake.Configuration, options);
        builder.Services.AddLeaderElection(new LeaderElectionOptions("berth-system", "leader"));
        builder.Services.AddInformer<Widget>();
        builder.Services.AddController<Widget, WidgetStatus, WidgetScope>(_ => reconciler);
        configure?.Invoke(builder.Services);
        return builder.Build();
    }

    private sealed class Faulting : IBackgroundWork
    {
        public Task RunAsync(CancellationToken cancellationToken) => Task.FromException(new InvalidOperationException("boom"));
    }
}
