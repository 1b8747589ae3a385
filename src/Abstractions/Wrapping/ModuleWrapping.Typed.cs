using System.ComponentModel;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>A <see cref="ModuleWrapping"/> with its classes. Created by generated code.</summary>
/// <typeparam name="TOriginal">The class of the modules that are wrapped.</typeparam>
/// <typeparam name="TAdapter">The class that computes in their place.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ModuleWrapping<TOriginal, TAdapter> : ModuleWrapping
    where TOriginal : torch.nn.Module
    where TAdapter : torch.nn.Module, IModuleAdapter
{
    /// <summary>Describes an adapter.</summary>
    /// <param name="includeDerived">Whether modules of derived classes are wrapped too.</param>
    /// <param name="places">Where the modules are found.</param>
    /// <param name="accessors">Generated access to members that are not public, to be checked at attach.</param>
    public ModuleWrapping(bool includeDerived, IReadOnlyList<ModulePlace> places, IReadOnlyList<Delegate> accessors)
        : base(typeof(TOriginal), typeof(TAdapter), includeDerived, places, accessors)
    {
    }
}
