using System.Text;

namespace Berth.EndToEnd.Tests;

/// <summary>Manifests as a user would write them.</summary>
internal static class Manifests
{
    public static string Image(string name, string type, string url, string? checksum, string pools = "[]") =>
        $"""
         apiVersion: berth.dev/v1alpha1
         kind: Image
         metadata: {"{"}name: {name}{"}"}
         spec:
           type: {type}
           pools: {pools}
           source:
             url: {Quoted(url)}
             {(checksum is null ? "" : $"checksum: {checksum}")}

         """;

    /// <summary>A VM that boots from a templated disk. <paramref name="spec"/> is YAML at the depth of spec's fields.</summary>
    public static string DiskMachine(string name, string image, string spec = "", string memory = "64Mi", long grace = 0) =>
        Machine(name, $"""
                       memory: {"{"}size: {memory}{"}"}
                       terminationGracePeriodSeconds: {grace}
                       disks:
                         - name: root
                           template: {"{"}image: {image}{"}"}
                       {spec}
                       """);

    /// <summary>Of a VM's spec: where it runs.</summary>
    public static string OnNode(string node) => $"placement: {{nodeSelector: {{kubernetes.io/hostname: {node}}}}}";

    /// <summary>A VM without a disk: its firmware finds nothing to boot, and waits.</summary>
    public static string BareMachine(string name, string spec = "") =>
        Machine(name, $"""
                       memory: {"{"}size: 64Mi{"}"}
                       terminationGracePeriodSeconds: 0
                       {spec}
                       """);

    /// <summary>A VM that boots a kernel directly, with a blank disk and a card on the default network.</summary>
    public static string KernelMachine(string name, string kernel, string initrd, string spec = "") =>
        Machine(name, $"""
                       memory: {"{"}size: 128Mi{"}"}
                       terminationGracePeriodSeconds: 60
                       firmware:
                         kernel: {"{"}image: {kernel}, initrd: {initrd}, cmdline: "console=ttyS0"{"}"}
                       disks:
                         - name: data
                           template: {"{"}size: 16Mi{"}"}
                       interfaces:
                         - {"{"}name: lan, network: default{"}"}
                       {spec}
                       """);

    /// <summary>A VM with the given YAML as its spec.</summary>
    public static string Machine(string name, string spec) =>
        $"""
         apiVersion: berth.dev/v1alpha1
         kind: VirtualMachine
         metadata: {"{"}name: {name}{"}"}
         spec:
         {Indented(spec, 2)}

         """;

    public static string Volume(string name, string spec) =>
        $"""
         apiVersion: berth.dev/v1alpha1
         kind: StorageVolume
         metadata: {"{"}name: {name}{"}"}
         spec: {spec}

         """;

    /// <summary>Any text as a YAML scalar in double quotes.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            // Surrogates stay as they are: YAML has no escapes for halves of a character.
            quoted.Append(character switch
            {
                '"' or '\\' => $"\\{character}",
                < ' ' or '\u007f' or '\u0085' or '\u00a0' => $"\\x{(int)character:x2}",
                _ => character.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static string Indented(string text, int spaces) =>
        string.Join('\n', text.Split('\n').Where(line => line.Trim().Length > 0).Select(line => new string(' ', spaces) + line));
}
