using System.Text;

namespace Berth.Libvirt.Tests.Daemon;

/// <summary>A guest without an operating system: a boot sector that writes a line to the serial port and halts.</summary>
internal static class BootSectorGuest
{
    internal const string Line = "BERTH-BOOT-SECTOR-RUNS";

    private const int DiskLength = 1024 * 1024;

    internal static byte[] Disk()
    {
        // cli; xor ax, ax; mov ds, ax; mov dx, 0x3f8
        List<byte> code = [0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0xBA, 0xF8, 0x03];
        foreach (var letter in Encoding.ASCII.GetBytes(Line + "\r\n"))
        {
            // mov al, letter; out dx, al
            code.AddRange([0xB0, letter, 0xEE]);
        }

        // sti; hlt; jmp to the hlt
        code.AddRange([0xFB, 0xF4, 0xEB, 0xFD]);
        var disk = new byte[DiskLength];
        code.CopyTo(disk);
        disk[510] = 0x55;
        disk[511] = 0xAA;
        return disk;
    }

    internal static string Xml(string name, Guid uuid, string disk, string machine = "pc", string extra = "") => $"""
        <domain type='qemu'>
          <name>{name}</name>
          <uuid>{uuid}</uuid>
          <memory unit='MiB'>64</memory>
          <vcpu>1</vcpu>
          <os><type arch='x86_64' machine='{machine}'>hvm</type><boot dev='hd'/></os>
          <features><acpi/><tcg><tb-cache unit='MiB'>8</tb-cache></tcg></features>
          <cpu mode='custom' match='exact' check='none'><model fallback='allow'>qemu64</model></cpu>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/><target dev='vda' bus='virtio'/></disk>
            <serial type='pty'><target port='0'/></serial>
            <console type='pty'><target type='serial' port='0'/></console>
            <memballoon model='virtio'/>
            <video><model type='none'/></video>
            <controller type='usb' model='none'/>
            {extra}
          </devices>
        </domain>
        """;
}
