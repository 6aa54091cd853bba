using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.Berths;

public sealed class BerthBuilderTests
{
    private readonly BerthBuilder _builder = new(new BerthOptions());

    [Fact]
    public void The_berth_is_the_vms_by_uid_and_holds_nothing_up_when_the_vm_goes()
    {
        var pod = Build(Machine());
        var owner = Assert.Single(pod.Metadata.OwnerReferences!);
        Assert.Equal(("berth.dev/v1alpha1", "VirtualMachine", "web", Machine().Uid(), true, null),
            (owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.Controller, owner.BlockOwnerDeletion));
        Assert.Equal(("web-1", OperatorRig.Namespace, "web"), (pod.Name(), pod.Namespace(), pod.Label(BerthLabels.VirtualMachine)));
    }

    [Fact]
    public void None_of_the_vms_own_labels_and_annotations_are_on_the_berth()
    {
        var machine = Machine();
        machine.Metadata.Labels = new Dictionary<string, string> { ["app"] = "web" };
        machine.Metadata.Annotations = new Dictionary<string, string> { ["note"] = "mine" };
        var pod = Build(machine);
        Assert.False(pod.Metadata.Labels!.ContainsKey("app"));
        Assert.False(pod.Metadata.Annotations!.ContainsKey("note"));
    }

    [Fact]
    public void The_berth_passes_the_restricted_pod_security_standard_and_carries_no_token()
    {
        var spec = Build(Machine()).Spec;
        var container = Assert.Single(spec.Containers!);
        Assert.Equal((true, "RuntimeDefault"), (spec.SecurityContext!.RunAsNonRoot, spec.SecurityContext.SeccompProfile!.Type));
        Assert.Equal((false, true), (container.SecurityContext!.AllowPrivilegeEscalation, container.SecurityContext.ReadOnlyRootFilesystem));
        Assert.Equal(["ALL"], container.SecurityContext.Capabilities!.Drop);
        Assert.Equal((false, false, "Always", "IfNotPresent"), (spec.AutomountServiceAccountToken, spec.EnableServiceLinks, spec.RestartPolicy, container.ImagePullPolicy));
    }

    [Fact]
    public void Placement_is_handed_to_the_scheduler_as_it_is()
    {
        var constraint = new V1TopologySpreadConstraint { MaxSkew = 1, TopologyKey = "zone", WhenUnsatisfiable = "DoNotSchedule" };
        var toleration = new V1Toleration { Key = "gpu", OperatorProperty = "Exists" };
        var spec = Build(Machine(new Placement
        {
            NodeSelector = new Dictionary<string, string> { ["zone"] = "a", [BerthLabels.Host] = "false" },
            Tolerations = [toleration],
            TopologySpreadConstraints = [constraint],
            PriorityClassName = "high",
            SchedulerName = "other",
        })).Spec;
        Assert.Equal(("high", "other"), (spec.PriorityClassName, spec.SchedulerName));
        Assert.Equal([constraint], spec.TopologySpreadConstraints);
        Assert.Contains(toleration, spec.Tolerations!);
        Assert.Equal(new Dictionary<string, string> { ["zone"] = "a", [BerthLabels.Host] = "true" }, spec.NodeSelector);
        Assert.Null(spec.Affinity);
    }

    [Fact]
    public void A_node_in_trouble_keeps_its_berths_but_gets_no_new_ones_and_out_of_service_is_not_borne()
    {
        var tolerations = Build(Machine()).Spec.Tolerations!;
        Assert.Equal(
            [("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"),
             ("node.kubernetes.io/memory-pressure", null), ("node.kubernetes.io/disk-pressure", null), ("node.kubernetes.io/pid-pressure", null)],
            tolerations.Select(toleration => (toleration.Key!, toleration.Effect)));
        Assert.All(tolerations, toleration => Assert.Null(toleration.TolerationSeconds));
    }

    [Fact]
    public void A_place_that_is_taken_up_again_is_on_the_same_node_whatever_keeps_new_pods_off_it()
    {
        var pod = _builder.Build(new BerthRequest(Machine(), 7) { OccupiedNode = "node-1" });
        Assert.Equal("web-7", pod.Name());
        Assert.Equal([("metadata.name", "In", "node-1")], Fields(pod.Spec.Affinity));
        Assert.Contains(new V1Toleration { OperatorProperty = "Exists", Effect = "NoSchedule" }, pod.Spec.Tolerations!);
    }

    [Fact]
    public void What_berth_asks_for_is_added_to_each_of_the_vms_alternatives()
    {
        var wanted = new V1Affinity
        {
            PodAntiAffinity = new V1PodAffinity { RequiredDuringSchedulingIgnoredDuringExecution = [new V1PodAffinityTerm { TopologyKey = "zone" }] },
            NodeAffinity = new V1NodeAffinity
            {
                RequiredDuringSchedulingIgnoredDuringExecution = new V1NodeSelector { NodeSelectorTerms = [Term("zone", "a"), Term("zone", "b"), new V1NodeSelectorTerm()] },
            },
        };
        var affinity = _builder.Build(new BerthRequest(Machine(new Placement { Affinity = wanted }), 1)
        {
            NodeSelectors = [new Dictionary<string, string> { ["disk"] = "ssd" }, new Dictionary<string, string> { ["disk"] = "ssd" }],
            Nodes = ["node-3"],
            AvoidedNodes = ["node-2", "node-1"],
        }).Spec.Affinity!;

        Assert.Equal(wanted.PodAntiAffinity, affinity.PodAntiAffinity);
        var terms = affinity.NodeAffinity!.RequiredDuringSchedulingIgnoredDuringExecution!.NodeSelectorTerms;
        string[] fields = ["metadata.name NotIn node-1", "metadata.name NotIn node-2", "metadata.name In node-3"];
        Assert.Equal(["zone In a", "disk In ssd", .. fields], Words(terms[0]));
        Assert.Equal(["zone In b", "disk In ssd", .. fields], Words(terms[1]));

        // A term without requirements matches no node, and must not begin to match some.
        Assert.Equal(new V1NodeSelectorTerm(), terms[2]);
    }

    [Fact]
    public void The_same_request_gives_the_same_template_and_another_one_another()
    {
        var pod = Build(Machine());
        Assert.True(BerthBuilder.IsSameTemplate(pod, Build(Machine())));
        Assert.False(BerthBuilder.IsSameTemplate(pod, Build(Machine().With(spec => spec.Memory.Size = Quantity.Parse("129Mi")))));
        Assert.False(BerthBuilder.IsSameTemplate(pod, _builder.Build(new BerthRequest(Machine(), 1) { AvoidedNodes = ["node-1"] })));
        Assert.False(BerthBuilder.IsSameTemplate(new V1Pod(), pod));
    }

    [Fact]
    public void Pause_image_and_allocation_ratio_are_the_administrators()
    {
        var builder = new BerthBuilder(new BerthOptions { PauseImage = "mirror.example/pause:1", CpuAllocationRatio = 2.5 });
        var container = builder.Build(new BerthRequest(Machine().With(spec => spec.Cpu = new Cpu { Cores = 3 }), 1)).Spec.Containers![0];
        Assert.Equal(("mirror.example/pause:1", "1200m"), (container.Image, container.Resources!.Requests!["cpu"].ToString()));
        Assert.False(container.Resources.Limits!.ContainsKey("cpu"));
        Assert.Equal(container.Resources.Limits["memory"], container.Resources.Requests["memory"]);
    }

    [Theory]
    [InlineData("web-1", 1L)]
    [InlineData("web-12", 12L)]
    [InlineData("web-01", null)]
    [InlineData("web-+1", null)]
    [InlineData("web-", null)]
    [InlineData("web-2-1", null)]
    [InlineData("webs-1", null)]
    public void Only_a_name_that_would_be_given_is_a_berths(string name, long? epoch) =>
        Assert.Equal(epoch, BerthNames.EpochOf(Machine(), new V1Pod { Metadata = new V1ObjectMeta { Name = name } }));

    [Fact]
    public void A_pod_is_a_berth_by_its_controllers_uid_alone()
    {
        var pod = Build(Machine());
        Assert.True(pod.IsBerthOf(Machine()));
        Assert.False(pod.IsBerthOf(Machine("22222222-2222-2222-2222-222222222222")));
        Assert.False((pod with { Metadata = pod.Metadata with { OwnerReferences = null } }).IsBerthOf(Machine()));
    }

    private V1Pod Build(VirtualMachine machine) => _builder.Build(new BerthRequest(machine, 1));

    private static VirtualMachine Machine(Placement? placement = null) => TestMachines.Named("web").With(spec => spec.Placement = placement).Stored();

    private static VirtualMachine Machine(string uid) => TestMachines.Named("web").Stored(uid);

    private static V1NodeSelectorTerm Term(string key, string value) => new() { MatchExpressions = [new V1NodeSelectorRequirement { Key = key, OperatorProperty = "In", Values = [value] }] };

    private static IEnumerable<(string, string, string)> Fields(V1Affinity? affinity) =>
        affinity!.NodeAffinity!.RequiredDuringSchedulingIgnoredDuringExecution!.NodeSelectorTerms.Single().MatchFields!
            .Select(field => (field.Key, field.OperatorProperty, field.Values!.Single()));

    private static IEnumerable<string> Words(V1NodeSelectorTerm term) =>
        (term.MatchExpressions ?? []).Concat(term.MatchFields ?? []).Select(requirement => $"{requirement.Key} {requirement.OperatorProperty} {requirement.Values!.Single()}");
}
