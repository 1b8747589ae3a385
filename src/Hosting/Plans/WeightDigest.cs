using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Plans;

/// <summary>Tells models of the same sites apart by what they have learned: a digest of the names, types, shapes and values of their state.</summary>
internal static class WeightDigest
{
    private const long MostElementsAtOnce = 1 << 26;

    private static readonly ConditionalWeakTable<AttachedModel, string> Known = [];

    /// <summary>The digest of a model's weights as they were when it was first asked for.</summary>
    /// <param name="model">The attached model.</param>
    public static string Of(AttachedModel model) => Known.GetValue(model, Compute);

    private static string Compute(AttachedModel model)
    {
        using var noGrad = no_grad();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in model.Model.state_dict())
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {tensor.dtype} {string.Join('x', tensor.shape)};"));
            using var flat = tensor.reshape(-1);
            for (long start = 0; start < flat.numel(); start += MostElementsAtOnce)
            {
                using var part = flat.narrow(0, start, Math.Min(MostElementsAtOnce, flat.numel() - start));
                using var near = part.to(CPU);
                hash.AppendData(near.bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
