using System.Reflection;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Testing.GitOps;

namespace Berth.GitOps.Tests;

/// <summary>What kstatus and Argo CD make of every kind in every state that was recorded.</summary>
public sealed class HealthTests
{
    private static readonly IReadOnlyDictionary<string, KStatus> Table = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "states.txt"))
        .Where(line => line.Length > 0 && !line.StartsWith('#'))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(columns => columns[0], columns => Enum.Parse<KStatus>(columns[1]), StringComparer.Ordinal);

    private static readonly string[] Kinds =
    [
        .. typeof(VirtualMachine).Assembly.GetExportedTypes()
            .Select(type => type.GetCustomAttribute<KubernetesEntityAttribute>()?.Kind)
            .OfType<string>()
            .Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Recorded => [.. RecordedObject.Names];

    private static string Check => Path.GetFullPath(Path.Combine(Recording.Folder, "../../../config/argocd/health.lua"));

    [Fact]
    public void Every_recording_has_a_row_in_the_table_and_every_row_a_recording() =>
        Assert.Equal(RecordedObject.Names, Table.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Recorded))]
    public void It_is_what_the_table_says_by_kstatus(string name) =>
        Assert.Equal(Table[name], KStatusRules.Of(RecordedObject.Read(name).Item));

    [Theory]
    [MemberData(nameof(Recorded))]
    public async Task Argo_CD_agrees_and_says_why(string name)
    {
        var health = await LuaHealth.OfAsync(RecordedObject.Read(name).Item, Check, TestContext.Current.CancellationToken);
        Assert.Equal(InArgoCd(Table[name]), health.Status);
        Assert.NotEqual("", health.Message);
    }

    /// <summary>What is not ready says by Reconciling or Stalled whether it is waited for or a person is, and never both.</summary>
    [Theory]
    [MemberData(nameof(Recorded))]
    public void What_is_not_ready_says_whether_it_is_worked_on(string name)
    {
        var recorded = RecordedObject.Read(name);
        var (isWorkedOn, isStuck) = (recorded.IsTrue(ConditionTypes.Reconciling), recorded.IsTrue(ConditionTypes.Stalled));
        Assert.False(isWorkedOn && isStuck);
        Assert.True(recorded.IsTrue(ConditionTypes.Ready) || isWorkedOn || isStuck || Table[name] is KStatus.Terminating || recorded.Conditions.Count == 0);
        Assert.DoesNotContain(recorded.Conditions, condition => (string?)condition["type"] is ConditionTypes.Reconciling or ConditionTypes.Stalled && (string?)condition["status"] != "True");
    }

    [Fact]
    public async Task A_healthy_VM_that_waits_for_a_restart_says_so()
    {
        var health = await LuaHealth.OfAsync(RecordedObject.Read("virtualmachine/running-restart-required").Item, Check, TestContext.Current.CancellationToken);
        Assert.Contains("RestartRequired: A restart is needed", health.Message, StringComparison.Ordinal);
    }

    /// <summary>The default that the schema gives to a status is what makes a new object of any kind one that is worked on.</summary>
    [Fact]
    public async Task An_object_of_any_kind_that_nobody_has_looked_at_is_in_progress()
    {
        foreach (var kind in Kinds)
        {
            var item = new JsonObject { ["kind"] = kind, ["metadata"] = new JsonObject { ["generation"] = 1 }, ["status"] = new JsonObject { ["observedGeneration"] = -1 } };
            Assert.Equal(KStatus.InProgress, KStatusRules.Of(item));
            Assert.Equal("Progressing", (await LuaHealth.OfAsync(item, Check, TestContext.Current.CancellationToken)).Status);
            item.Remove("status");
            Assert.Equal("Progressing", (await LuaHealth.OfAsync(item, Check, TestContext.Current.CancellationToken)).Status);
        }
    }

    [Fact]
    public void Every_kind_is_recorded_healthy_in_progress_and_failed() => Assert.All(Kinds, kind =>
    {
        var seen = RecordedObject.All.Where(recorded => recorded.Kind == kind).Select(recorded => KStatusRules.Of(recorded.Item)).ToHashSet();
        Assert.Superset(new HashSet<KStatus> { KStatus.Current, KStatus.InProgress, KStatus.Failed }, seen);
    });

    [Fact]
    public void Argo_CD_is_given_the_check_of_every_kind()
    {
        var kustomization = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(Check)!, "kustomization.yaml"));
        var keys = kustomization.Select(line => line.Trim()).Where(line => line.StartsWith("- resource.customizations.", StringComparison.Ordinal));
        Assert.Equal(Kinds.Select(kind => $"- resource.customizations.health.{BerthApi.Group}_{kind}=health.lua"), keys);
    }

    private static string InArgoCd(KStatus status) => status switch
    {
        KStatus.Current => "Healthy",
        KStatus.Failed => "Degraded",
        _ => "Progressing",
    };
}
