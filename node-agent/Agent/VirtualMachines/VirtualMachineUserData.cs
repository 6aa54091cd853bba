using Berth.Api;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Seeds;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Gets the user-data that a VM names in a Secret. Nobody tells of changes in Secrets, so one that is missing is asked for again.</summary>
internal sealed class VirtualMachineUserData(ISecretUserData secrets, SeedStore seeds, MissingReferences missing)
{
    private const string Field = "spec.cloudInit.userDataSecretRef";

    // What is missing while the operator does not answer.
    private const string Operator = "operator";

    private static readonly TimeSpan Reread = TimeSpan.FromSeconds(30);

    /// <summary>Leaves the content, or that the last seed serves, in the scope; says what stands against it where it does not.</summary>
    public async Task<Requirement> FindAsync(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Machine.Spec.CloudInit?.UserDataSecretRef is not { } secret)
        {
            return Requirement.Met;
        }

        // Both names: a Secret that is there without its key is another thing that is missing.
        var reference = $"secret/{secret.Name}/{secret.KeyOrDefault()}";
        switch (await secrets.ReadAsync(scope.Machine, cancellationToken))
        {
            case SecretUserData.Found found:
                missing.Found(scope.DomainId, reference);
                missing.Found(scope.DomainId, Operator);
                scope.UserData = found.Content;
                return Requirement.Met;
            case SecretUserData.NotFound none:
                return missing.MissingUntold(scope.DomainId, reference, $"{Field}: {none.Message}");
            case SecretUserData.Unusable unusable:
                return Requirement.Hopeless(ConditionReasons.InvalidSpec, $"{Field}: {unusable.Message}") with { LookAgainAfter = Reread };
            case SecretUserData.Unavailable away:
                scope.KeepsSeed = LastSeedServes(scope);
                return scope.KeepsSeed
                    ? Requirement.Met
                    : Requirement.Pending(VirtualMachineReasons.OperatorUnavailable, away.Message) with { LookAgainAfter = missing.AskAgain(scope.DomainId, Operator) };
            case var other:
                throw new InvalidOperationException($"An unknown answer for the user-data: {other}");
        }
    }

    /// <summary>A guest that is started again under the same binding does with the seed that it had: its restart must not hang on the operator.</summary>
    private bool LastSeedServes(VirtualMachineScope scope) =>
        scope.Domain?.Owner is { SeedDigest: { } digest } owner
        && owner.Epoch == scope.Machine.Epoch()
        && digest == scope.Parts?.SeedDigest
        && seeds.Has(scope.DomainId);
}
