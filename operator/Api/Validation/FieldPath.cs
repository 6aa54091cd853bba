namespace Berth.Api;

/// <summary>Paths of items in lists.</summary>
internal static class FieldPath
{
    /// <summary>Each item with its path, <c>field[index]</c>; nothing for a list that is not given.</summary>
    public static IEnumerable<(T? Item, string Path)> Items<T>(string field, IList<T>? items)
        where T : class =>
        (items ?? []).Select((item, index) => ((T?)item, $"{field}[{index}]"));
}
