using System.Buffers.Binary;
using System.Text;

namespace Berth.EndToEnd.Tests;

/// <summary>A guest without an operating system: a 1 MiB raw disk whose boot sector counts its boots in the disk's second sector, says so on the first serial port and idles.</summary>
/// <remarks>
/// The console line is <c>text NN</c>, NN being the number of boots so far. It does not react to the ACPI power button.
/// The code in AT&amp;T order: read sector 2 to 0x8000; inc byte [0x8000]; write it back; print the text at 0x7d00 and the
/// count in decimal to port 0x3f8; halt until word [0x7df0] timer ticks have passed; unless that word is 0, write SLP_EN to
/// port 0x604, the PM1a control register of QEMU's x86 machines under SeaBIOS, which switches the machine off.
/// </remarks>
internal static class BootSector
{
    private const int SectorSize = 512;
    private const int TextOffset = 0x100;
    private const int TicksOffset = 0x1F0;
    private const ushort TicksPerSecond = 18;

    private static readonly byte[] Code =
    [
        0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0, 0xBC, 0x00, 0x7C, 0xFC,
        0xB8, 0x01, 0x02, 0xE8, 0x4E, 0x00, 0xFE, 0x06, 0x00, 0x80, 0xB8, 0x01, 0x03, 0xE8, 0x44, 0x00,
        0xBE, 0x00, 0x7D, 0xBA, 0xF8, 0x03, 0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB, 0xF8,
        0xA0, 0x00, 0x80, 0xD4, 0x0A, 0x05, 0x30, 0x30, 0x86, 0xC4, 0xEE, 0x88, 0xE0, 0xEE,
        0xB0, 0x0D, 0xEE, 0xB0, 0x0A, 0xEE, 0xFB, 0x8B, 0x1E, 0x6C, 0x04,
        0xF4, 0xA1, 0x6C, 0x04, 0x29, 0xD8, 0x3B, 0x06, 0xF0, 0x7D, 0x72, 0xF4,
        0xF7, 0x06, 0xF0, 0x7D, 0xFF, 0xFF, 0x74, 0xEC, 0xBA, 0x04, 0x06, 0xB8, 0x00, 0x20, 0xEF, 0xEB, 0xE3,
        0xB9, 0x02, 0x00, 0x30, 0xF6, 0xBB, 0x00, 0x80, 0xCD, 0x13, 0xC3,
    ];

    /// <summary>The disk. With <paramref name="powersOffAfter"/> the guest switches itself off that many seconds after its line.</summary>
    public static byte[] Disk(string text, ushort powersOffAfter = 0)
    {
        var disk = new byte[1 << 20];
        Code.CopyTo(disk, 0);
        Encoding.ASCII.GetBytes(text + " ").CopyTo(disk, TextOffset);
        BinaryPrimitives.WriteUInt16LittleEndian(disk.AsSpan(TicksOffset), (ushort)(powersOffAfter * TicksPerSecond));
        disk[SectorSize - 2] = 0x55;
        disk[SectorSize - 1] = 0xAA;
        return disk;
    }

    /// <summary>The line that the guest prints at its nth boot.</summary>
    public static string Line(string text, int boots) => $"{text} {boots:D2}";
}
