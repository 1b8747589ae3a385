using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Training;

/// <summary>Reads the tensors of a training state, with messages that name what is wrong.</summary>
internal static class StateTensors
{
    /// <summary>Reads a tensor, which the caller owns.</summary>
    public static Tensor Read(IWeightSource source, string key)
        => source.Keys.Contains(key)
            ? source.Read(key)
            : throw new WeightFileException($"checkpoint '{source.Name}': there is no tensor '{key}'; it is no checkpoint of this training.");

    /// <summary>Copies a tensor into one of the same shape.</summary>
    public static void Copy(IWeightSource source, string key, Tensor target)
    {
        using var stored = Read(source, key);
        if (!stored.shape.SequenceEqual(target.shape))
        {
            throw new WeightFileException(
                $"checkpoint '{source.Name}': tensor '{key}' has shape [{string.Join(", ", stored.shape)}]; this training has [{string.Join(", ", target.shape)}].");
        }

        target.copy_(stored);
    }
}
