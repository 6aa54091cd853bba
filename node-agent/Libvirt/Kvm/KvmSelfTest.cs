using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Berth.Libvirt.Kvm;

/// <summary>A guest of one page that adds two registers, writes the sum to a port and halts.</summary>
internal sealed unsafe class KvmSelfTest : IDisposable
{
    private const ulong GuestAddress = 0x1000;
    private const int PageSize = 0x1000;
    private const ushort Port = 0x3f8;
    private const byte Left = 19;
    private const byte Right = 23;

    // Offsets in struct kvm_run.
    private const int ExitReasonOffset = 8;
    private const int IOPortOffset = 34;
    private const int IODataOffset = 40;

    private const uint ExitIO = 2;
    private const uint ExitHalt = 5;
    private const int MaximumExits = 8;

    // In struct kvm_sregs the code segment comes first: 64-bit base, 32-bit limit, 16-bit selector.
    private const int SpecialRegistersLength = 0x138;
    private const int SelectorOffset = 12;

    // The runtime interrupts its threads now and then; the guest just goes on.
    private const int Interrupted = 4;

    private readonly SafeFileHandle _machine;
    private readonly SafeFileHandle _vcpu;
    private readonly nint _memory;
    private readonly nint _run;
    private readonly int _runLength;

    internal KvmSelfTest(SafeFileHandle machine, SafeFileHandle vcpu, int runLength)
    {
        _machine = machine;
        _vcpu = vcpu;
        _runLength = runLength;
        _memory = Mapped(KvmNative.Map(
            0, PageSize, KvmNative.ProtectionReadWrite, KvmNative.MapShared | KvmNative.MapAnonymous, -1, 0));
        _run = Mapped(KvmNative.MapFile(
            0, (nuint)runLength, KvmNative.ProtectionReadWrite, KvmNative.MapShared, vcpu, 0));
    }

    /// <summary>Runs the guest to its halt and checks that it wrote the sum.</summary>
    internal void Run()
    {
        Load();
        byte? written = null;
        for (var exits = 0; exits < MaximumExits; exits++)
        {
            Enter();
            switch (Read32(ExitReasonOffset))
            {
                case ExitIO when Read16(IOPortOffset) == Port:
                    written = *(byte*)(_run + (nint)Read64(IODataOffset));
                    break;
                case ExitHalt when written == Left + Right:
                    return;
                case var reason:
                    throw new KvmException($"the guest ended with KVM exit {reason} after writing {written?.ToString() ?? "nothing"}");
            }
        }

        throw new KvmException("the guest did not halt");
    }

    public void Dispose()
    {
        _ = KvmNative.Unmap(_run, (nuint)_runLength);
        _ = KvmNative.Unmap(_memory, PageSize);
    }

    private static nint Mapped(nint address) => address == -1 ? throw KvmException.FromLastError("mmap") : address;

    private static void Check(int result, string step)
    {
        if (result < 0)
        {
            throw KvmException.FromLastError(step);
        }
    }

    private void Enter()
    {
        while (KvmNative.Control(_vcpu, KvmNative.Run, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw KvmException.FromLastError("KVM_RUN");
            }
        }
    }

    private void Load()
    {
        // mov dx, 0x3f8; add al, bl; out dx, al; hlt
        ReadOnlySpan<byte> code = [0xBA, 0xF8, 0x03, 0x00, 0xD8, 0xEE, 0xF4];
        code.CopyTo(new Span<byte>((void*)_memory, PageSize));

        var region = new KvmUserMemoryRegion
        {
            GuestAddress = GuestAddress,
            Size = PageSize,
            HostAddress = (ulong)_memory,
        };
        Check(KvmNative.Control(_machine, KvmNative.SetUserMemoryRegion, &region), "KVM_SET_USER_MEMORY_REGION");

        // Real mode with a code segment at 0: the state after reset, less the reset vector's segment.
        var special = stackalloc byte[SpecialRegistersLength];
        Check(KvmNative.Control(_vcpu, KvmNative.GetSpecialRegisters, special), "KVM_GET_SREGS");
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(special, 8), 0);
        BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(special + SelectorOffset, 2), 0);
        Check(KvmNative.Control(_vcpu, KvmNative.SetSpecialRegisters, special), "KVM_SET_SREGS");

        // Bit 1 of the flags is always set.
        var registers = new KvmRegisters { Rax = Left, Rbx = Right, Rip = GuestAddress, Rflags = 2 };
        Check(KvmNative.Control(_vcpu, KvmNative.SetRegisters, &registers), "KVM_SET_REGS");
    }

    private uint Read32(int offset) => *(uint*)(_run + offset);

    private ushort Read16(int offset) => *(ushort*)(_run + offset);

    private ulong Read64(int offset) => *(ulong*)(_run + offset);
}
