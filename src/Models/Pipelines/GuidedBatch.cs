using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>How the two guidance halves lie in a batch, and how their predictions become one.</summary>
/// <param name="Guidance">Which half is conditional.</param>
/// <param name="Scale">Guidance scale.</param>
/// <param name="GuidedChannels">Channels that are guided, from the first.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GuidedBatch(Guidance Guidance, double Scale, int GuidedChannels)
{
    /// <summary>One half [n, …] to the batch of a model call; the caller owns it.</summary>
    public Tensor Double(Tensor half) => Guidance == Guidance.None ? half.alias() : cat([half, half], 0);

    /// <summary>Labels of the batch: the classes, and as many times the null label.</summary>
    public long[] Labels(IReadOnlyList<int> classes, int nullLabel)
    {
        var conditional = classes.Select(c => (long)c);
        var unconditional = Enumerable.Repeat((long)nullLabel, classes.Count);
        return Guidance switch
        {
            Guidance.None => [.. conditional],
            Guidance.ConditionalFirst => [.. conditional, .. unconditional],
            _ => [.. unconditional, .. conditional],
        };
    }

    /// <summary>The guided prediction, with the conditional half's own channels where there is no guidance.</summary>
    /// <param name="output">The model's output <c>[2n, out, …]</c>, or <c>[n, out, …]</c> without guidance.</param>
    /// <param name="channels">Channels to keep, from the first.</param>
    /// <returns><c>[n, channels, …]</c>; the caller owns it.</returns>
    public Tensor Combine(Tensor output, long channels)
    {
        if (Guidance == Guidance.None)
        {
            return output.narrow(1, 0, channels);
        }

        using var scope = NewDisposeScope();
        var n = output.shape[0] / 2;
        var isFirst = Guidance == Guidance.ConditionalFirst;
        var conditional = output.narrow(0, isFirst ? 0 : n, n);
        var unconditional = output.narrow(0, isFirst ? n : 0, n);
        var guided = ClassifierFreeGuidance.Combine(
            conditional.narrow(1, 0, GuidedChannels), unconditional.narrow(1, 0, GuidedChannels), Scale);
        var rest = channels - GuidedChannels;
        var result = rest == 0 ? guided : cat([guided, conditional.narrow(1, GuidedChannels, rest)], 1);
        return result.MoveToOuterDisposeScope();
    }
}
