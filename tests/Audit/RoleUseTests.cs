namespace Berth.Audit.Tests;

/// <summary>What the roles grant and what Berth's parts ask for is the same, over all that the other suites made them do.</summary>
/// <remarks>Run after them, with the audit logs and the roles that their API servers have left: see tests/run.sh.</remarks>
public sealed class RoleUseTests
{
    private static readonly string[] s_accounts = ["system:serviceaccount:berth-system:berth-operator", "system:serviceaccount:berth-system:berth-agent"];

    // The programs themselves, not tests that borrow their tokens.
    private static readonly string[] s_programs = ["berth-operator", "berth-agent"];

    // Nobody calls it: the admission plugin OwnerReferencesPermissionEnforcement, which the stack switches on, asks whether an owner's
    // finalizers may be set by whoever names it as an owner that blocks deletion.
    private const string AskedByAdmission = "/finalizers";

    // A dead node's Hypervisor keeps its records of releases: only the long forms wait until a node is taken for dead.
    private static readonly string[] s_usedByLongForms = ["system:serviceaccount:berth-system:berth-operator: patch hypervisors.berth.dev"];

#pragma warning disable RS0030 // As tests/run.sh was told.
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("LONG") == "1";
#pragma warning restore RS0030

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_permission_is_used()
    {
        var requests = await RequestsAsync();
        var granted = await GrantedAsync();
        Assert.All(s_accounts, account => Assert.Contains(granted, permission => permission.Account == account));
        IsEmpty(granted
            .Where(permission => !permission.Resource.EndsWith(AskedByAdmission, StringComparison.Ordinal) && !requests.Any(permission.IsUsedBy))
            .Select(permission => permission.ToString())
            .Where(permission => s_isLong || !s_usedByLongForms.Contains(permission))
            .Order(StringComparer.Ordinal));
    }

    /// <summary>What was refused and is granted all the same was refused while the roles were gone, in an uninstall, or by an API server that had just started and not read them yet.</summary>
    [Fact]
    public async Task Every_call_is_allowed()
    {
        var granted = await GrantedAsync();
        IsEmpty((await RequestsAsync())
            .Where(request => !request.Allowed && !granted.Any(permission => permission.Allows(request)))
            .Select(request => request.ToString())
            .Order(StringComparer.Ordinal));
    }

    // All of them: the stacks whose logs tell are gone when somebody reads this.
    private static void IsEmpty(IEnumerable<string> found)
    {
        var all = string.Join('\n', found);
        Assert.True(all.Length == 0, all);
    }

    private static async Task<IReadOnlyList<Permission>> GrantedAsync()
    {
        IReadOnlyList<KubernetesJson> roles = [.. KubernetesJson.Parse(await File.ReadAllTextAsync(Left("*.roles.json").Single(), Cancellation)).Items];
        return [.. s_accounts.SelectMany(account => Permission.Of(account, roles))];
    }

    private static async Task<IReadOnlySet<ApiRequest>> RequestsAsync()
    {
        var requests = new HashSet<ApiRequest>();
        foreach (var log in Left("*.audit.log"))
        {
            requests.UnionWith((await ApiRequest.ReadAsync(log, Cancellation)).Where(request => s_programs.Any(program => request.Program.StartsWith(program, StringComparison.Ordinal))));
        }

        return requests;
    }

    private static string[] Left(string pattern)
    {
        var files = Directory.GetFiles(Checkout.PathOf("artifacts/test-results"), pattern);
        Assert.True(files.Length > 0, $"no suite has left {pattern} in artifacts/test-results: this is part of a run of everything");
        return files;
    }
}
