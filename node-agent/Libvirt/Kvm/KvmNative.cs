using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Berth.Libvirt.Kvm;

/// <summary>The system calls that KVM is used through; failures are -1 and errno.</summary>
internal static unsafe partial class KvmNative
{
    internal const nuint GetApiVersion = 0xAE00;
    internal const nuint CreateVm = 0xAE01;
    internal const nuint CheckExtension = 0xAE03;
    internal const nuint GetVcpuMmapSize = 0xAE04;
    internal const nuint CreateVcpu = 0xAE41;
    internal const nuint SetUserMemoryRegion = 0x4020AE46;
    internal const nuint Run = 0xAE80;
    internal const nuint SetRegisters = 0x4090AE82;
    internal const nuint GetSpecialRegisters = 0x8138AE83;
    internal const nuint SetSpecialRegisters = 0x4138AE84;

    internal const int ProtectionReadWrite = 1 | 2;
    internal const int MapShared = 1;
    internal const int MapAnonymous = 0x20;

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(SafeFileHandle file, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint MapFile(nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nuint length);
}

[StructLayout(LayoutKind.Sequential)]
internal struct KvmUserMemoryRegion
{
    internal uint Slot;
    internal uint Flags;
    internal ulong GuestAddress;
    internal ulong Size;
    internal ulong HostAddress;
}

/// <summary>The general registers of an x86 vCPU, in the kernel's order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KvmRegisters
{
    internal ulong Rax;
    internal ulong Rbx;
    internal ulong Rcx;
    internal ulong Rdx;
    internal ulong Rsi;
    internal ulong Rdi;
    internal ulong Rsp;
    internal ulong Rbp;
    internal ulong R8;
    internal ulong R9;
    internal ulong R10;
    internal ulong R11;
    internal ulong R12;
    internal ulong R13;
    internal ulong R14;
    internal ulong R15;
    internal ulong Rip;
    internal ulong Rflags;
}
