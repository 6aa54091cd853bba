using System.Text;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

public sealed class UserDataTests : IAsyncLifetime
{
    private const string Secret = "password: correct-horse";

    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_content_goes_into_the_seed_and_nowhere_else()
    {
        _bench.UserData.Answer = Found(Secret);
        await GivenAsync();
        await _bench.PassAsync();
        Assert.Equal(VirtualMachineStates.Running, _bench.Machine.Status!.State);
        Assert.Contains(Secret, await SeedAsync(), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SeedPath));
        Assert.DoesNotContain("correct-horse", Assert.Single(_bench.Domains.Definitions).Value, StringComparison.Ordinal);
        Assert.DoesNotContain("correct-horse", _bench.UserData.Answer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_secret_is_waited_for_then_stalls_is_asked_for_again_and_clears()
    {
        await GivenAsync();
        await _bench.PassAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.InRange((await PassAsync()).TotalSeconds, 1, 2);
        Assert.Contains($"Reconciling=True/{ConditionReasons.ReferenceNotFound}", _bench.Conditions);

        _bench.Time.Advance(TimeSpan.FromSeconds(8));
        Assert.InRange((await PassAsync()).TotalSeconds, 2, 4);
        Assert.Contains($"Stalled=True/{ConditionReasons.ReferenceNotFound}", _bench.Conditions);
        Assert.Contains("\"seed\" does not exist", _bench.Machine.Status!.Conditions.Find(ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);
        _bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.InRange((await PassAsync()).TotalSeconds, 25, 30);
        Assert.Empty(_bench.Domains.Calls);

        _bench.UserData.Answer = Found(Secret);
        await PassAsync();
        Assert.Equal(["LiveMigratable=False/NotSupported", "NetworkReady=True/Succeeded", "Ready=True/Running", "StorageReady=True/Succeeded"], _bench.Conditions);
    }

    [Fact]
    public async Task What_cannot_be_user_data_stalls_with_the_field_and_is_looked_at_again()
    {
        _bench.UserData.Answer = new SecretUserData.Unusable("The Secret \"seed\" is too large.");
        await GivenAsync();
        Assert.Equal(TimeSpan.FromSeconds(30), await PassAsync());
        Assert.Contains($"Stalled=True/{ConditionReasons.InvalidSpec}", _bench.Conditions);
        Assert.StartsWith("spec.cloudInit.userDataSecretRef:", _bench.Machine.Status!.Conditions.Find(ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_operator_a_first_start_waits_and_says_so()
    {
        _bench.UserData.Answer = new SecretUserData.Unavailable("The operator does not answer.");
        await GivenAsync();
        await _bench.PassAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.InRange((await PassAsync()).TotalSeconds, 1, 2);
        Assert.Contains($"Reconciling=True/{VirtualMachineReasons.OperatorUnavailable}", _bench.Conditions);
        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task A_guest_that_is_started_again_does_with_its_last_seed_while_the_operator_is_away()
    {
        await RunAsync();
        _bench.UserData.Answer = new SecretUserData.Unavailable("The operator does not answer.");
        await EndGuestAsync();
        Assert.True(_bench.Domain!.IsActive);
        Assert.Contains(Secret, await SeedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_is_started_again_has_what_the_secret_holds_then()
    {
        await RunAsync();
        _bench.UserData.Answer = Found("password: battery-staple");
        await EndGuestAsync();
        Assert.True(_bench.Domain!.IsActive);
        Assert.Contains("battery-staple", await SeedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_is_started_again_does_not_start_on_a_secret_that_has_gone()
    {
        await RunAsync();
        _bench.UserData.Answer = new SecretUserData.NotFound("The Secret \"seed\" does not exist.");
        await EndGuestAsync();
        Assert.False(_bench.Domain!.IsActive);
    }

    [Fact]
    public async Task The_last_seed_does_not_serve_another_reference()
    {
        await RunAsync();
        _bench.UserData.Answer = new SecretUserData.Unavailable("The operator does not answer.");
        await _bench.EditAsync(spec => spec with { CloudInit = new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "another" } } });
        await EndGuestAsync();
        Assert.False(_bench.Domain!.IsActive);
    }

    [Fact]
    public async Task A_running_guest_asks_nobody_and_a_change_of_the_reference_waits_for_a_restart()
    {
        await RunAsync();
        var questions = _bench.UserData.Questions;
        await PassAsync();
        Assert.DoesNotContain(_bench.Conditions, condition => condition.StartsWith("RestartRequired", StringComparison.Ordinal));
        await _bench.EditAsync(spec => spec with { CloudInit = new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "another" } } });
        await PassAsync();
        Assert.Contains(_bench.Conditions, condition => condition.StartsWith("RestartRequired=True", StringComparison.Ordinal));
        Assert.Equal(questions, _bench.UserData.Questions);
    }

    private static SecretUserData.Found Found(string text) => new(Encoding.UTF8.GetBytes(text));

    private string SeedPath => Assert.Single(Directory.GetFiles(Path.Combine(_bench.StateFolder, "seeds")));

    private Task<string> SeedAsync() => File.ReadAllTextAsync(SeedPath, TestContext.Current.CancellationToken);

    private Task GivenAsync() => _bench.GivenAsync(new VirtualMachineSpec
    {
        Memory = new Memory { Size = Quantity.Parse("64Mi") },
        CloudInit = new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "seed" } },
    });

    private async Task RunAsync()
    {
        _bench.UserData.Answer = Found(Secret);
        await GivenAsync();
        await PassAsync();
        Assert.True(_bench.Domain!.IsActive);
    }

    private async Task EndGuestAsync()
    {
        _bench.Domains.End(_bench.Id, DomainEnd.Shutdown);
        await PassAsync();
    }

    /// <summary>One pass, and when the next one is due.</summary>
    private async Task<TimeSpan> PassAsync()
    {
        var result = await _bench.PassAsync();
        await _bench.SyncAsync();
        return result.RequeueAfter ?? TimeSpan.Zero;
    }
}
