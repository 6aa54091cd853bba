using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.GitOps.Tests;

/// <summary>What Argo CD shows of an object.</summary>
internal sealed record Health(string Status, string Message);

/// <summary>Runs the health check by Lua 5.1.</summary>
internal static class LuaHealth
{
    private const string Interpreter = "lua5.1";

    /// <exception cref="InvalidOperationException">The check failed, or there is no Lua.</exception>
    public static async Task<Health> OfAsync(JsonNode item, string check, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Interpreter, [Path.Combine(AppContext.BaseDirectory, "argo-cd.lua"), check])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        using var lua = Process.Start(start) ?? throw new InvalidOperationException($"{Interpreter} did not start.");
        await lua.StandardInput.WriteAsync(Constructor(item));
        lua.StandardInput.Close();
        var output = await lua.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await lua.StandardError.ReadToEndAsync(cancellationToken);
        await lua.WaitForExitAsync(cancellationToken);
        return lua.ExitCode == 0 && output.Split('\n', 2) is [var status, var message]
            ? new Health(status, message.TrimEnd('\n'))
            : throw new InvalidOperationException($"The health check failed ({lua.ExitCode}): {error}");
    }

    /// <summary>JSON as Lua would write it; a null is no member.</summary>
    public static string Constructor(JsonNode? node) => node switch
    {
        JsonObject map => $"{{{string.Concat(map.Where(member => member.Value is not null).Select(member => $"[{Quoted(member.Key)}]={Constructor(member.Value)},"))}}}",
        JsonArray list => $"{{{string.Concat(list.Select(item => Constructor(item) + ","))}}}",
        JsonValue value when value.GetValueKind() is JsonValueKind.String => Quoted((string)value!),
        null => "nil",
        _ => node.ToJsonString(),
    };

    private static string Quoted(string text) =>
        $"\"{string.Concat(Encoding.UTF8.GetBytes(text).Select(octet => octet is >= 0x20 and < 0x7f and not (byte)'"' and not (byte)'\\' ? ((char)octet).ToString() : $"\\{octet:d3}"))}\"";
}
