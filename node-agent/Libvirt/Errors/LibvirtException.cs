using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>A call into libvirt failed: <see cref="Code"/> is for decisions, the message for people.</summary>
public sealed class LibvirtException : Exception
{
    internal LibvirtException(
        string operation, LibvirtErrorCode code, LibvirtErrorDomain domain, string detail, Exception? inner = null)
        : base($"{detail} ({operation})", inner)
    {
        Operation = operation;
        Code = code;
        Domain = domain;
        Detail = detail;
    }

    /// <summary>The libvirt function that failed, by its name in the C headers, or the step of this library.</summary>
    public string Operation { get; }

    /// <summary>What went wrong.</summary>
    public LibvirtErrorCode Code { get; }

    /// <summary>The part of libvirt that raised the error.</summary>
    public LibvirtErrorDomain Domain { get; }

    /// <summary>libvirt's own text, without the operation.</summary>
    public string Detail { get; }

    /// <summary>Whether the connection is to blame: nothing is known about the call's effect, and a later try may succeed.</summary>
    public bool IsConnectionLost { get; internal set; }

    // Must be called on the failing thread before any other libvirt call: libvirt keeps the last error per thread,
    // and every public libvirt function begins by resetting it.
    internal static unsafe LibvirtException FromLastError(string operation)
    {
        var error = LibvirtNative.virGetLastError();
        return error is null
            ? new LibvirtException(operation, LibvirtErrorCode.InternalError, LibvirtErrorDomain.None, "unknown error")
            : new LibvirtException(
                operation,
                (LibvirtErrorCode)error->Code,
                (LibvirtErrorDomain)error->Domain,
                LibvirtCheck.TextOrNull(error->Message) ?? "unknown error");
    }

    internal static LibvirtException NotConnected(string? why) => new(
        "connect",
        LibvirtErrorCode.NotConnected,
        LibvirtErrorDomain.Client,
        why is null ? "not connected to libvirt" : $"not connected to libvirt: {why}")
    {
        IsConnectionLost = true,
    };

    internal static LibvirtException TimedOut(string operation, TimeSpan after) => new(
        operation,
        LibvirtErrorCode.CallTimedOut,
        LibvirtErrorDomain.Client,
        $"no answer from libvirt within {after.TotalSeconds:0.###} s");
}
