using System.ComponentModel;
using TorchSharp;

namespace DiTFastAttn.Wrapping;

/// <summary>An object that stands in a model in the place of a module. Implemented by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IModuleAdapter
{
    /// <summary>Makes the adapter stand for a module. Called once, before it stands anywhere.</summary>
    /// <param name="original">The module; it keeps its parameters and its place in the registry.</param>
    void StandFor(torch.nn.Module original);
}
