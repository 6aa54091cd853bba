using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

/// <summary>Turns libvirt's failure values into exceptions, on the thread that made the call and before any other call.</summary>
internal static unsafe class LibvirtCheck
{
    /// <summary>Returns the handle, or disposes it and throws.</summary>
    internal static T Check<T>(T handle, [CallerArgumentExpression(nameof(handle))] string call = "")
        where T : LibvirtHandle =>
        Find(handle) ?? throw LibvirtException.FromLastError(OperationOf(call));

    /// <summary>Returns the handle, or null when libvirt gave none: the caller reads the error.</summary>
    internal static T? Find<T>(T handle)
        where T : LibvirtHandle
    {
        if (handle.IsInvalid)
        {
            handle.Dispose();
            return null;
        }

        handle.Count();
        return handle;
    }

    /// <summary>Returns the handle, or null when libvirt says that the object does not exist; throws on any other error.</summary>
    internal static T? CheckFound<T>(
        T handle, LibvirtErrorCode absent, [CallerArgumentExpression(nameof(handle))] string call = "")
        where T : LibvirtHandle
    {
        if (Find(handle) is { } found)
        {
            return found;
        }

        var error = LibvirtException.FromLastError(OperationOf(call));
        return error.Code == absent ? null : throw error;
    }

    internal static int Check(int result, [CallerArgumentExpression(nameof(result))] string call = "") =>
        result >= 0 ? result : throw LibvirtException.FromLastError(OperationOf(call));

    internal static nint Check(nint result, [CallerArgumentExpression(nameof(result))] string call = "") =>
        result != 0 ? result : throw LibvirtException.FromLastError(OperationOf(call));

    /// <summary>Copies a string that libvirt allocated for the caller, and frees it.</summary>
    internal static string TakeString(byte* owned, [CallerArgumentExpression(nameof(owned))] string call = "")
    {
        if (owned is null)
        {
            throw LibvirtException.FromLastError(OperationOf(call));
        }

        try
        {
            return Text(owned);
        }
        finally
        {
            NativeMemory.Free(owned);
        }
    }

    /// <summary>Copies a string that libvirt keeps; empty for NULL.</summary>
    internal static string Text(byte* borrowed) => TextOrNull(borrowed) ?? "";

    internal static string? TextOrNull(byte* borrowed) => Marshal.PtrToStringUTF8((nint)borrowed);

    // "LibvirtNative.virDomainCreate(domain)" -> "virDomainCreate": the name that one can look up.
    private static string OperationOf(string call)
    {
        var end = call.IndexOf('(', StringComparison.Ordinal);
        var function = end < 0 ? call : call[..end];
        return function[(function.LastIndexOf('.') + 1)..];
    }
}
