using System.Security.Cryptography;
using System.Text;
using Berth.Kubernetes;

namespace Berth.Runtime.Events;

/// <summary>Which Event an occurrence belongs to: an object has a few for each reason, whatever their messages say and however often the process starts.</summary>
internal sealed record EventIdentity(V1ObjectReference Object, EventType Type, string Reason, int Slot)
{
    /// <summary>Events of one object and reason. Messages beyond the first few are seldom worth more than their number.</summary>
    private const int Slots = 8;

    public static EventIdentity Of(V1ObjectReference reference, EventType type, string reason, string message) =>
        new(reference, type, reason, SHA256.HashData(Encoding.UTF8.GetBytes(message))[0] % Slots);

    /// <summary>Name of the Event: the same for whoever reports the same from the same place, so that a process that starts anew goes on counting where it left off.</summary>
    public string NameFor(EventPublisherOptions source)
    {
        var text = string.Join('\0', source.Component, source.Host, Object.ApiVersion, Object.Kind, Object.Namespace, Object.Name, Object.Uid, Type, Reason, Slot);
        var name = Object.Name ?? "";
        return $"{(name.Length > 200 ? name[..200] : name)}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]}";
    }
}
