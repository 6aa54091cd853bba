namespace Berth.Operator.Admission;

/// <summary>Only Berth writes status: agents start and stop domains by what stands there.</summary>
internal sealed class StatusGuard(BerthAccounts accounts) : IGuardRule
{
    public ValueTask<string?> RefusalAsync(AdmissionRequest request, CancellationToken cancellationToken) => new(
        request.SubResource == "status" && !accounts.IsOurs(request.UserInfo)
            ? "status is written by Berth alone; change spec to say what should be."
            : null);
}
