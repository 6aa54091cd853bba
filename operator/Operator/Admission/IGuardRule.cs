namespace Berth.Operator.Admission;

/// <summary>Refuses what only Berth itself, or a part of it, may write. All rules are asked, before anything is validated; a feature adds its own as a service of this type.</summary>
internal interface IGuardRule
{
    /// <summary>Why the request is refused and what to do instead; null when this rule has nothing against it.</summary>
    /// <remarks>It has to be quick: only what is remembered is decided by, and read but once.</remarks>
    ValueTask<string?> RefusalAsync(AdmissionRequest request, CancellationToken cancellationToken);
}
