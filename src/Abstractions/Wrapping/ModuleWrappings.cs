using System.Collections.Immutable;
using System.ComponentModel;

namespace DiTFastAttn.Wrapping;

/// <summary>What the <c>[assembly: WrapAttention]</c> of all loaded assemblies say. Generated code adds to it before anything else of its assembly runs.</summary>
public static class ModuleWrappings
{
    private static ImmutableArray<ModuleWrapping> s_registered = [];

    /// <summary>All that have been registered so far.</summary>
    public static IReadOnlyList<ModuleWrapping> Registered => s_registered;

    /// <summary>Adds one. For generated code.</summary>
    /// <param name="wrapping">What an attribute says.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static void Register(ModuleWrapping wrapping)
    {
        ArgumentNullException.ThrowIfNull(wrapping);
        ImmutableInterlocked.Update(ref s_registered, static (registered, one) => registered.Add(one), wrapping);
    }
}
