using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>Numbers <c>[B]</c> (timesteps, pixels, frames) to vectors <c>[B, width]</c> by their sinusoids.</summary>
internal sealed class SizeEmbedder : Module<Tensor, Tensor>
{
    private const int FrequencyDivisor = 128;

    private readonly Sequential mlp;

    public SizeEmbedder(int width)
        : base(nameof(SizeEmbedder))
    {
        mlp = Sequential(("0", Layers.Linear(TimestepSinusoid.Width, width)), ("1", SiLU()), ("2", Layers.Linear(width, width)));
        RegisterComponents();
    }

    /// <summary>The sinusoids, cosines first.</summary>
    /// <param name="numbers"><c>[B]</c></param>
    /// <returns><c>[B, 256]</c>, float32; the caller owns it.</returns>
    public static Tensor Sinusoids(Tensor numbers) => TimestepSinusoid.Embed(numbers, FrequencyDivisor);

    /// <summary>In a model of lower precision, numbers are rounded to it first, as the reference does.</summary>
    public override Tensor forward(Tensor numbers)
    {
        var dtype = parameters().First().dtype;
        using var rounded = numbers.to(dtype);
        using var sinusoids = Sinusoids(rounded);
        using var input = sinusoids.to(dtype);
        return mlp.forward(input);
    }
}
