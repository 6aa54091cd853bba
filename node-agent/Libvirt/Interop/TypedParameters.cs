namespace Berth.Libvirt.Interop;

/// <summary>A managed copy of a typed-parameter array: numbers and texts by name.</summary>
internal sealed class TypedParameters
{
    private readonly Dictionary<string, ulong> _numbers = [];
    private readonly Dictionary<string, string> _texts = [];

    /// <summary>Copies the array; the caller keeps its ownership.</summary>
    internal static unsafe TypedParameters Copy(VirTypedParameter* parameters, int count)
    {
        var copy = new TypedParameters();
        for (var i = 0; i < count; i++)
        {
            copy.Add(&parameters[i]);
        }

        return copy;
    }

    /// <summary>The number by this name; negative values of signed parameters read as 0.</summary>
    internal ulong? Number(string name) => _numbers.TryGetValue(name, out var value) ? value : null;

    internal ulong NumberOrZero(string name) => Number(name) ?? 0;

    internal string? Text(string name) => _texts.GetValueOrDefault(name);

    private unsafe void Add(VirTypedParameter* parameter)
    {
        var name = LibvirtCheck.Text(parameter->Field);
        if (parameter->Type is VirTypedParameterType.String)
        {
            _texts[name] = LibvirtCheck.Text(parameter->String);
            return;
        }

        _numbers[name] = parameter->Type switch
        {
            VirTypedParameterType.Int => (ulong)Math.Max(0, parameter->Int),
            VirTypedParameterType.UInt => parameter->UInt,
            VirTypedParameterType.LLong => (ulong)Math.Max(0, parameter->LLong),
            VirTypedParameterType.ULLong => parameter->ULLong,
            VirTypedParameterType.Double => (ulong)Math.Max(0, parameter->Double),
            VirTypedParameterType.Boolean => parameter->Boolean,
            _ => 0,
        };
    }
}
