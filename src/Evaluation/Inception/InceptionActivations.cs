using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>What the FID network makes of pictures, for each of them; disposing it frees all.</summary>
public sealed class InceptionActivations : IDisposable
{
    internal InceptionActivations(Tensor features64, Tensor features192, Tensor features768, Tensor features2048, Tensor logits, Tensor logitsUnbiased)
        => (Features64, Features192, Features768, Features2048, Logits, LogitsUnbiased) = (features64, features192, features768, features2048, logits, logitsUnbiased);

    /// <summary>Means over the pixels behind the first pooling, <c>[B, 64]</c>.</summary>
    public Tensor Features64 { get; }

    /// <summary>Means behind the second pooling, <c>[B, 192]</c>.</summary>
    public Tensor Features192 { get; }

    /// <summary>Means before the auxiliary classifier, <c>[B, 768]</c>.</summary>
    public Tensor Features768 { get; }

    /// <summary>The features that FID, KID, precision and recall compare, <c>[B, 2048]</c>.</summary>
    public Tensor Features2048 { get; }

    /// <summary>Logits of the 1008 classes, <c>[B, 1008]</c>.</summary>
    public Tensor Logits { get; }

    /// <summary>Logits without the classifier's bias, which the Inception Score is made of, <c>[B, 1008]</c>.</summary>
    public Tensor LogitsUnbiased { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[Features64, Features192, Features768, Features2048, Logits, LogitsUnbiased])
        {
            tensor.Dispose();
        }
    }
}
