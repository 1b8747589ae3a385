using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Layers whose parameters start at zero: no time is spent on random values that a checkpoint replaces.</summary>
internal static class Layers
{
    public static Linear Linear(int inputs, int outputs, bool bias = true, ScalarType? dtype = null, Device? device = null)
        => nn.Linear(Parameter(zeros(outputs, inputs, dtype, device)), bias ? Parameter(zeros(outputs, dtype, device)) : null);

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
