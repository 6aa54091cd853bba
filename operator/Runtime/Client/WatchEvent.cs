namespace Berth.Runtime.Client;

/// <summary>What a watch reports about an object.</summary>
public enum WatchEventType
{
    Added,
    Modified,

    /// <summary>The object left the watch: deleted, or no longer selected.</summary>
    Deleted,

    /// <summary>No object; the watch has seen everything up to the version.</summary>
    Bookmark,

    /// <summary>An object that does not fit the type: it exists, it changed, and it could not be read.</summary>
    Undecodable,
}

/// <summary>One line of a watch. <paramref name="Object"/> is null for Bookmark and Undecodable.</summary>
public readonly record struct WatchEvent<T>(WatchEventType Type, T? Object, string? ResourceVersion)
    where T : class;
