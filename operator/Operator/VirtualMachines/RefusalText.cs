using Berth.Api;

namespace Berth.Operator.VirtualMachines;

/// <summary>Refusals in words, and in time.</summary>
internal static class RefusalText
{
    /// <summary>The scheduler's message, and which nodes it was not allowed to choose.</summary>
    public static string Append(string message, IReadOnlyList<PlacementRefusal> refusals) => refusals.Count == 0
        ? message
        : $"{message} Avoided for now: {string.Join("; ", refusals.Take(3).Select(refusal => $"{refusal.Node} ({refusal.Reason})"))}{(refusals.Count > 3 ? "; …" : ".")}";

    /// <summary>Which nodes are left out because their agents are too old; empty for none.</summary>
    public static string OfAgents(ApiNeed need, IReadOnlyList<string> nodes) => nodes.Count == 0
        ? ""
        : $" Left out, as {need.Field} needs agents of API level {need.Level}: {string.Join(", ", nodes.Order(StringComparer.Ordinal).Take(3))}{(nodes.Count > 3 ? $" and {nodes.Count - 3} more" : "")}.";

    /// <summary>How long until the first refusal ends; null when there is none.</summary>
    public static TimeSpan? NextEnd(IReadOnlyList<PlacementRefusal> refusals, DateTimeOffset now) =>
        refusals.Count == 0 ? null : refusals.Min(refusal => refusal.Until) - now + TimeSpan.FromMilliseconds(10);
}
