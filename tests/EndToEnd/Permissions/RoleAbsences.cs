namespace Berth.EndToEnd.Tests.Permissions;

/// <summary>The times at which not all of Berth's roles and bindings were there, as an audit log tells them: an uninstall takes them before the pods.</summary>
internal sealed class RoleAbsences
{
    private const string BerthNamespace = "berth-system";

    // The authorizer learns of a role by a watch: a little later than the log says.
    private static readonly TimeSpan s_learning = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, DateTimeOffset> _gone = new(StringComparer.Ordinal); // and since when
    private readonly List<(DateTimeOffset Since, DateTimeOffset Until)> _past = [];

    public bool Cover(DateTimeOffset time) =>
        _gone.Values.Any(since => since <= time) || _past.Exists(absence => absence.Since <= time && time <= absence.Until);

    /// <summary>Takes the next entry of the log, whatever it is about.</summary>
    public void Follow(AuditEntry entry)
    {
        if (entry.Group != "rbac.authorization.k8s.io" || entry.Code is not (>= 200 and < 300) || entry.IsDryRun
            || entry.Namespace is not (null or BerthNamespace) || entry.Name?.StartsWith("berth-", StringComparison.Ordinal) == false)
        {
            return;
        }

        // Without a name it is all of them: so they go with their namespace.
        switch (entry.Verb)
        {
            case "delete" or "deletecollection":
                _gone.TryAdd(KeyOf(entry, entry.Name), entry.Received);
                break;
            case "create" or "update" or "patch":
                Return(KeyOf(entry, entry.Name), entry.Answered);
                Return(KeyOf(entry, null), entry.Answered);
                break;
        }
    }

    private static string KeyOf(AuditEntry entry, string? name) => $"{entry.Resource}/{entry.Namespace}/{name}";

    private void Return(string key, DateTimeOffset time)
    {
        if (_gone.Remove(key, out var since))
        {
            _past.Add((since, time + s_learning));
        }
    }
}
