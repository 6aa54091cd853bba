using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virTypedParamsAddString(
        ref VirTypedParameter* @params, ref int nparams, ref int maxparams, string name, string? value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virTypedParamsAddULLong(
        ref VirTypedParameter* @params, ref int nparams, ref int maxparams, string name, ulong value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virTypedParamsAddInt(
        ref VirTypedParameter* @params, ref int nparams, ref int maxparams, string name, int value);

    [LibraryImport(Library)]
    internal static partial void virTypedParamsFree(VirTypedParameter* @params, int nparams);
}

internal enum VirTypedParameterType
{
    Int = 1,
    UInt = 2,
    LLong = 3,
    ULLong = 4,
    Double = 5,
    Boolean = 6,
    String = 7,
}

[StructLayout(LayoutKind.Explicit, Size = 96)]
internal unsafe struct VirTypedParameter
{
    internal const int FieldLength = 80;

    [FieldOffset(0)]
    internal fixed byte Field[FieldLength];

    [FieldOffset(80)]
    internal VirTypedParameterType Type;

    // A union in C.
    [FieldOffset(88)]
    internal int Int;

    [FieldOffset(88)]
    internal uint UInt;

    [FieldOffset(88)]
    internal long LLong;

    [FieldOffset(88)]
    internal ulong ULLong;

    [FieldOffset(88)]
    internal double Double;

    [FieldOffset(88)]
    internal byte Boolean;

    [FieldOffset(88)]
    internal byte* String;
}
