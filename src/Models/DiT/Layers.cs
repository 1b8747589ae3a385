using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Layers whose parameters start at zero: no time is spent on random values that a checkpoint replaces.</summary>
internal static class Layers
{
    [ThreadStatic]
    private static Device? _device;

    [ThreadStatic]
    private static ScalarType? _dtype;

    /// <summary>Fills a model that was just made and sets its evaluation mode; where that fails, the model is disposed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="fill">Gives it its weights.</param>
    /// <returns>The same model; the caller owns it.</returns>
    public static T Ready<T>(T model, Action<T> fill)
        where T : nn.Module
    {
        try
        {
            fill(model);
            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Where layers are made on this thread; <see langword="null"/> for torch's default. The meta device takes no memory for values.</summary>
    public static Device? Device => _device;

    /// <summary>The element type that layers are made in on this thread; <see langword="null"/> for torch's default.</summary>
    public static ScalarType? Dtype => _dtype;

    /// <summary>Makes a module in its dtype and place at once, so that no more than the module is ever in memory.</summary>
    /// <param name="make">Makes the module.</param>
    /// <param name="dtype">The parameters' dtype.</param>
    /// <param name="device">Where they lie; on <see cref="META"/> there are names and shapes only.</param>
    public static T Make<T>(Func<T> make, ScalarType? dtype, Device? device)
        where T : Module
    {
        var before = (_device, _dtype);
        (_device, _dtype) = (device, dtype);
        try
        {
            return make();
        }
        finally
        {
            (_device, _dtype) = before;
        }
    }

    public static Linear Linear(int inputs, int outputs, bool bias = true, ScalarType? dtype = null, Device? device = null)
        => nn.Linear(
            Parameter(zeros(outputs, inputs, dtype ?? Dtype, device ?? Device)), bias ? Parameter(zeros(outputs, dtype ?? Dtype, device ?? Device)) : null);

    public static Parameter Zeros(params ReadOnlySpan<long> shape) => Parameter(zeros(shape, Dtype, Device));

    public static Sequential SiluThenLinear(int inputs, int outputs) => Sequential(("0", SiLU()), ("1", Linear(inputs, outputs)));

    public static T Zero<T>(T module)
        where T : Module
    {
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
        {
            parameter.zero_();
        }

        return module;
    }
}
