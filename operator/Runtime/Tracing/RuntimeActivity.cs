using System.Diagnostics;

namespace Berth.Runtime.Reconcile;

/// <summary>Traces of reconciles. Span names are constant; what they are about is in their tags.</summary>
public static class RuntimeActivity
{
    /// <summary>The name to listen for.</summary>
    public const string SourceName = "Berth.Runtime";

    internal static readonly ActivitySource Source = new(SourceName);
}
