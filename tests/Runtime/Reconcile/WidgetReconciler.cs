using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.Runtime.Tests.Reconcile;

internal sealed class WidgetScope(Widget widget) : ReconcileScope<Widget>(widget)
{
    public string? Place { get; set; }
}

/// <summary>A reconciler whose every part a test can replace.</summary>
internal sealed class WidgetReconciler : IReconciler<Widget, WidgetStatus, WidgetScope>
{
    public List<Step<WidgetScope>> Steps { get; } = [];

    public List<ObjectKey> Absent { get; } = [];

    public Func<WidgetScope, bool> Owns { get; set; } = _ => true;

    public Func<WidgetScope, StepResult, IEnumerable<Condition>> Conditions { get; set; } = (_, outcome) =>
    [
        outcome.IsDone ? Condition.True("Ready", "AsAsked") : Condition.False("Ready", outcome.Reason, outcome.Message),
        Condition.True("Polished", "Shines"),
    ];

    public Action<WidgetScope, StepResult, WidgetStatus> Status { get; set; } = (scope, _, status) => status.Size = scope.Entity.Spec.Size;

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string> { "Polished" };

    public WidgetScope CreateScope(Widget entity) => new(entity);

    public IReadOnlyList<Step<WidgetScope>> StepsFor(Widget entity) => Steps;

    public void ComputeStatus(WidgetScope scope, StepResult outcome, WidgetStatus desired) => Status(scope, outcome, desired);

    public IEnumerable<Condition> ConditionsFor(WidgetScope scope, StepResult outcome) => Conditions(scope, outcome);

    public bool OwnsStatus(WidgetScope scope) => Owns(scope);

    public Task OnAbsentAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        Absent.Add(key);
        return Task.CompletedTask;
    }

    public void Step(Func<WidgetScope, StepResult> step) => Steps.Add((scope, _) => Task.FromResult(step(scope)));
}
