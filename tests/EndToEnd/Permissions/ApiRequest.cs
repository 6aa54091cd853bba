namespace Berth.EndToEnd.Tests.Permissions;

/// <summary>What a request asked of the API server, as far as roles care. Requests that ask for the same are equal.</summary>
internal sealed record ApiRequest(string Account, string Program, string? Namespace, string Group, string Resource, string Verb, string? Name, bool Allowed)
{
    private const string Accounts = "system:serviceaccount:berth-system:";

    public override string ToString() => $"{Program} as {Account}: {Verb} {Resource}{(Group.Length > 0 ? $".{Group}" : "")} {Name} in {Namespace}";

    /// <summary>The different requests of Berth's accounts in an audit log, without those that were refused while Berth's roles were gone.</summary>
    public static async Task<IReadOnlySet<ApiRequest>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var requests = new HashSet<ApiRequest>();
        var refused = new List<AuditEntry>();
        var absences = new RoleAbsences();
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            // Most lines are neither, and reading one takes its time.
            if (!line.Contains(Accounts, StringComparison.Ordinal) && !line.Contains("rbac.authorization.k8s.io", StringComparison.Ordinal))
            {
                continue;
            }

            if (AuditEntry.Parse(line) is { } entry)
            {
                absences.Follow(entry);
                if (entry.User.StartsWith(Accounts, StringComparison.Ordinal))
                {
                    requests.UnionWith(entry.IsForbidden ? [] : AskedBy(entry));
                    refused.AddRange(entry.IsForbidden ? [entry] : []);
                }
            }
        }

        // The log is ordered by the answers: that a role went may stand after what was refused for it.
        requests.UnionWith(refused.Where(entry => !absences.Cover(entry.Received)).SelectMany(AskedBy));
        return requests;
    }

    private static IEnumerable<ApiRequest> AskedBy(AuditEntry entry)
    {
        var request = new ApiRequest(entry.User, entry.Program, entry.Namespace, entry.Group, entry.Resource, entry.Verb, entry.Name, !entry.IsForbidden);

        // An apply that has made something was asked for create as well.
        return request.Verb == "patch" && entry.Code == 201
            ? [request, request with { Verb = "create" }]
            : [request];
    }
}
