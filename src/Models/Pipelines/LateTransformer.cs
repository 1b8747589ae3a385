using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>A transformer that is loaded at the first need; until then there is its outline, so that what cannot be is said before weights are read.</summary>
/// <typeparam name="T">The model.</typeparam>
internal sealed class LateTransformer<T> : IDisposable
    where T : nn.Module
{
    private readonly Func<T> _load;
    private T? _loaded;

    /// <summary>One that is loaded already; it is its own outline.</summary>
    /// <param name="loaded">The model; taken over.</param>
    public LateTransformer(T loaded) => (Outline, _loaded, _load) = (loaded, loaded, () => loaded);

    private LateTransformer(T outline, Func<T> load) => (Outline, _load) = (outline, load);

    /// <summary>Names, shapes, dtype and sites of the model, on the meta device.</summary>
    public T Outline { get; }

    /// <summary>The model with its weights, loaded at the first call.</summary>
    /// <exception cref="WeightFileException">Its weights are damaged.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit into memory.</exception>
    public T Model => _loaded ??= _load();

    /// <summary>Holds weights against a model, to load it later.</summary>
    /// <param name="make">Makes the model.</param>
    /// <param name="load">Gives it its weights.</param>
    /// <param name="fits">Compares names and shapes of weights with an outline; throws where they do not fit.</param>
    /// <param name="open">Opens the file with the weights.</param>
    /// <param name="section">The model's weights in the file.</param>
    /// <param name="dtype">The model's dtype.</param>
    /// <param name="device">Where it will lie.</param>
    /// <exception cref="WeightFileException">The weights do not fit.</exception>
    /// <exception cref="NotEnoughMemoryException">The model would not fit into memory.</exception>
    public static LateTransformer<T> Of(
        Func<T> make, Action<T, IWeightSource> load, Action<IWeightSource, T> fits, Func<WeightFile> open, Func<WeightFile, IWeightSource> section, ScalarType dtype, Device device)
    {
        using var file = open();
        var weights = section(file);
        Memory.Require("the transformer", PipelineFolder.BytesOf(weights, dtype), device);
        return new LateTransformer<T>(Layers.Ready(Layers.Make(make, dtype, META), outline => fits(weights, outline)), Load);

        T Load()
        {
            using var opened = open();
            return PipelineFolder.Load(make, load, section(opened), dtype, device);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Outline.Dispose();
        _loaded?.Dispose();
    }
}
