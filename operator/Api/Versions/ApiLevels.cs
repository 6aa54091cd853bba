namespace Berth.Api;

/// <summary>Which level of the API a VM needs: agents of different versions run side by side while a cluster is upgraded.</summary>
public sealed class ApiLevels(IReadOnlyList<ApiFeature> features)
{
    /// <summary>The level of agents that say none, and of VMs that ask for nothing newer.</summary>
    public const int First = 1;

    /// <summary>The features of this build. Whoever gives agents something new to carry out raises <see cref="BerthApi.ApiLevel"/> by one and adds a line here, for each field that asks for it.</summary>
    public static ApiLevels Current { get; } = new([]);

    /// <summary>The features, in the order in which they were added.</summary>
    public IReadOnlyList<ApiFeature> Features { get; } = features;

    /// <summary>The highest level that anything in the VM's spec needs.</summary>
    public ApiNeed NeedOf(VirtualMachine machine)
    {
        var need = new ApiNeed(First, null);
        foreach (var feature in Features)
        {
            if (feature.Level > need.Level && feature.IsAskedBy(machine.Spec))
            {
                need = new(feature.Level, feature.Field);
            }
        }

        return need;
    }
}
