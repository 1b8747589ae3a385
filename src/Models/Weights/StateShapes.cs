using DiTFastAttn.Models.DiT;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>What a state dict would hold, without the memory for it: to compare the names and shapes of models of any size.</summary>
internal static class StateShapes
{
    /// <summary>Names and shapes of a module's parameters and persistent buffers.</summary>
    /// <param name="make">Makes a module of this library; its layers get no values.</param>
    public static IReadOnlyList<(string Name, long[] Shape)> Of(Func<nn.Module> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        using var module = Layers.Make(make, dtype: null, META);
        return [.. module.state_dict().Select(entry => (entry.Key, entry.Value.shape))];
    }
}
