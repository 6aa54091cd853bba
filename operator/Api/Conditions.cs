namespace Berth.Api;

/// <summary>Condition types that every kind shares, as kstatus reads them.</summary>
public static class ConditionTypes
{
    /// <summary>True: the object is as its spec asks. False: it is not (yet). Unknown: nobody can tell at the moment.</summary>
    public const string Ready = "Ready";

    /// <summary>Present and True while Berth is working or waiting; absent otherwise.</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>Present and True when the spec, or what it names, must change before Berth can go on, or when what Berth waits for has not come within 10 minutes; absent otherwise. Berth goes on by itself when it comes.</summary>
    public const string Stalled = "Stalled";
}

/// <summary>Reasons that every kind shares.</summary>
public static class ConditionReasons
{
    /// <summary>The object is as its spec asks.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>Work is going on.</summary>
    public const string Progressing = "Progressing";

    /// <summary>A call failed; it is tried again with back-off.</summary>
    public const string Error = "Error";

    /// <summary>A field asks for what this version of Berth does not carry out; the message names it.</summary>
    public const string NotSupported = "NotSupported";

    /// <summary>A field has a value that cannot work; the message names it and says what would be right.</summary>
    public const string InvalidSpec = "InvalidSpec";

    /// <summary>The spec has a field that this version of Berth does not know; the message names it. It is kept, and nothing is made or started before a newer version reads it or it is taken out.</summary>
    public const string UnknownField = "UnknownField";

    /// <summary>The spec names an object that does not exist.</summary>
    public const string ReferenceNotFound = "ReferenceNotFound";

    /// <summary>The spec names an object that may not be used from this namespace.</summary>
    public const string ReferenceNotAllowed = "ReferenceNotAllowed";

    /// <summary>The object is being deleted and waits for what still uses it.</summary>
    public const string Deleting = "Deleting";

    /// <summary>The object's deletion came with that of its kind, or of the VirtualMachine it was made for, and is carried out only when a person confirms it; the message says how.</summary>
    public const string DeletionHeld = "DeletionHeld";

    /// <summary>No node matches, or no node has reported yet.</summary>
    public const string NoNode = "NoNode";
}
