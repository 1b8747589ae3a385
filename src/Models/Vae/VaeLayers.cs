using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Vae;

/// <summary>
/// Layers whose parameters start at zero, and what is done between them. Activations lie with the channels innermost
/// (<c>[B, H, W, C]</c> in memory, <c>[B, C, H, W]</c> to everybody): convolution and normalisation are fastest so, and attention's tokens are a view.
/// </summary>
internal static class VaeLayers
{
    private const double NormEpsilon = 1e-6;

    /// <summary>A convolution that keeps the size: 3×3 with padding 1, or 1×1.</summary>
    public static Conv2d Conv(int inputs, int outputs, int kernel, Device? device) => Zero(Conv2d(inputs, outputs, kernel, padding: kernel / 2, device: META), device);

    /// <summary>A 3×3 convolution that halves both sides; the padding is the caller's.</summary>
    public static Conv2d HalvingConv(int channels, Device? device) => Zero(Conv2d(channels, channels, 3, stride: 2, device: META), device);

    public static GroupNorm Norm(int groups, int channels, Device? device) => GroupNorm(groups, channels, NormEpsilon, device: device);

    public static Linear Linear(int width, Device? device)
        => nn.Linear(Parameter(zeros([width, width], device: device)), Parameter(zeros([width], device: device)));

    /// <summary>Group normalisation, and SiLU where asked for.</summary>
    /// <param name="norm">The normalisation.</param>
    /// <param name="x"><c>[B, C, H, W]</c>; stays the caller's.</param>
    /// <param name="withSilu">Whether SiLU follows.</param>
    /// <param name="overwrite">Whether the values of <paramref name="x"/> may be lost.</param>
    /// <returns><c>[B, C, H, W]</c>, perhaps in the memory of <paramref name="x"/>; the caller owns it.</returns>
    public static Tensor Normalize(GroupNorm norm, Tensor x, bool withSilu, bool overwrite)
    {
        if (!GroupNormCpu.Supports(x))
        {
            var normalized = norm.forward(x);
            return withSilu ? normalized.silu_() : normalized;
        }

        var result = overwrite ? x.alias() : empty_like(x);
        GroupNormCpu.Run(norm, x, result, withSilu);
        return result;
    }

    /// <summary>conv(SiLU(norm(x)))</summary>
    /// <param name="norm">The normalisation.</param>
    /// <param name="conv">The convolution.</param>
    /// <param name="x"><c>[B, C, H, W]</c>; stays the caller's.</param>
    /// <param name="overwrite">Whether the values of <paramref name="x"/> may be lost.</param>
    /// <returns><c>[B, C', H, W]</c>; the caller owns it.</returns>
    public static Tensor NormSiluConv(GroupNorm norm, Conv2d conv, Tensor x, bool overwrite = false)
    {
        using var hidden = Normalize(norm, x, withSilu: true, overwrite);
        return conv.forward(hidden);
    }

    /// <summary>Applies blocks one after the other, freeing what is between them.</summary>
    /// <param name="x">The first's input; given up by the caller.</param>
    /// <param name="blocks">Each takes the result of the one before.</param>
    /// <returns>The last's result; the caller owns it.</returns>
    public static Tensor Chain(Tensor x, params IEnumerable<Module<Tensor, Tensor>> blocks) => Chain(x, blocks.Select(block => ("", block)), observer: null);

    /// <summary>The same, telling an observer the value behind each block that has a name.</summary>
    public static Tensor Chain(Tensor x, IEnumerable<(string Name, Module<Tensor, Tensor> Block)> blocks, Action<string, Tensor>? observer)
    {
        foreach (var (name, block) in blocks)
        {
            using var input = x;
            x = block.forward(input);
            if (name.Length > 0)
            {
                observer?.Invoke(name, x);
            }
        }

        return x;
    }

    /// <summary>A block's parts; the last one's result is the block's, and has its name.</summary>
    public static IEnumerable<(string Name, Module<Tensor, Tensor> Part)> Named(string name, IReadOnlyList<Module<Tensor, Tensor>> parts)
        => parts.Select((part, i) => (i == parts.Count - 1 ? name : "", part));

    /// <summary>The same values in a dtype and with the channels innermost; the caller owns it.</summary>
    public static Tensor ChannelsLast(Tensor x, ScalarType dtype)
    {
        using var converted = x.to(dtype);
        using var view = converted.permute(0, 2, 3, 1);
        using var packed = view.contiguous();
        return packed.permute(0, 3, 1, 2);
    }

    // Made without memory first: no time is spent on random values that a checkpoint replaces.
    private static Conv2d Zero(Conv2d conv, Device? device)
    {
        conv.weight = Parameter(zeros(conv.weight.shape, device: device));
        conv.bias = Parameter(zeros([conv.out_channels], device: device));
        return conv;
    }
}
