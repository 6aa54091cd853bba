namespace Berth.Api;

/// <summary>What is done about an object that is being deleted.</summary>
public enum DeletionChoice
{
    /// <summary>Somebody wants this object gone: its guest is stopped, its file deleted.</summary>
    CarryOut,

    /// <summary>Nobody is known to want it: nothing is stopped or deleted until a person says so.</summary>
    Hold,

    /// <summary>A person gives the object up and keeps what it stands for: its finalizer goes, and nothing else does.</summary>
    Orphan,

    /// <summary>The API server has the object otherwise than it was seen: nothing is known.</summary>
    LookAgain,
}
