using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;

namespace Berth.Runtime.Client;

/// <summary>Reads kubeconfig files. Relative paths in them are relative to the file's folder.</summary>
internal static class Kubeconfig
{
    public static KubernetesClientConfiguration Read(TextReader text, string directory, string? contextName)
    {
        var config = Parse(text);
        contextName ??= Text(config, "current-context");
        var context = Entry(config, "contexts", "context", contextName);
        var cluster = Entry(config, "clusters", "cluster", Text(context, "cluster"));
        var user = Text(context, "user") is { Length: > 0 } name ? Entry(config, "users", "user", name) : [];
        var server = Text(cluster, "server") ?? throw new FormatException($"Context \"{contextName}\": its cluster has no server.");
        return new KubernetesClientConfiguration(new Uri(server))
        {
            Namespace = Text(context, "namespace"),
            CertificateAuthorities = Authorities(cluster, directory),
            SkipTlsVerify = Text(cluster, "insecure-skip-tls-verify") is "true",
            TlsServerName = Text(cluster, "tls-server-name"),
            ClientCertificate = ClientCertificate(user, directory),
            Token = Text(user, "token"),
            TokenFile = FilePath(user, "tokenFile", directory),
            Exec = Exec(user, directory),
        };
    }

    private static JsonObject Parse(TextReader text)
    {
        try
        {
            return YamlReader.Read(text) as JsonObject ?? throw new FormatException("The kubeconfig is empty.");
        }
        catch (YamlException e)
        {
            throw new FormatException($"The kubeconfig is no YAML: {e.Message}", e);
        }
    }

    private static JsonObject Entry(JsonObject config, string list, string property, string? name)
    {
        var entry = (config[list] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(item => Text(item, "name") == name)
            ?? throw new FormatException($"The kubeconfig has no \"{name}\" in its {list}.");
        return entry[property] as JsonObject ?? throw new FormatException($"\"{name}\" in the kubeconfig's {list} is empty.");
    }

    private static X509Certificate2Collection? Authorities(JsonObject cluster, string directory)
    {
        if (Pem(cluster, "certificate-authority", directory) is not { } pem)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities;
    }

    private static X509Certificate2? ClientCertificate(JsonObject user, string directory) =>
        Pem(user, "client-certificate", directory) is { } certificate && Pem(user, "client-key", directory) is { } key
            ? X509Certificate2.CreateFromPem(certificate, key)
            : null;

    private static ExecPlugin? Exec(JsonObject user, string directory)
    {
        if (user["exec"] is not JsonObject exec || Text(exec, "command") is not { } command)
        {
            return null;
        }

        // As kubectl does: a bare name is looked up in PATH, a path with a slash belongs to the kubeconfig's folder.
        return new ExecPlugin(Text(exec, "apiVersion") ?? "", command.Contains('/', StringComparison.Ordinal) ? Path.Combine(directory, command) : command)
        {
            Arguments = (exec["args"] as JsonArray)?.Select(item => (string?)item ?? "").ToArray() ?? [],
            Environment = (exec["env"] as JsonArray)?.OfType<JsonObject>().ToDictionary(item => Text(item, "name") ?? "", item => Text(item, "value") ?? "") ?? [],
        };
    }

    /// <summary>Inline data goes before a file, as in kubectl.</summary>
    private static string? Pem(JsonObject source, string field, string directory) =>
        Text(source, field + "-data") is { Length: > 0 } data ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
        : FilePath(source, field, directory) is { } path ? File.ReadAllText(path)
        : null;

    private static string? FilePath(JsonObject source, string field, string directory) =>
        Text(source, field) is { Length: > 0 } path ? Path.Combine(directory, path) : null;

    private static string? Text(JsonObject source, string field) => source[field] is JsonValue value ? (string?)value : null;
}
