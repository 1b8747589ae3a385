using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation;

/// <summary>Tells networks apart by their weights, whatever file they came in.</summary>
internal static class WeightFingerprint
{
    private const int Chunk = 1 << 22;

    /// <summary>A hash of all parameters and buffers, by name.</summary>
    public static string Of(nn.Module module)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in module.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n"));
            using var scope = NewDisposeScope();
            var flat = value.detach().cpu().contiguous().view(-1);
            for (var first = 0L; first < flat.numel(); first += Chunk)
            {
                hash.AppendData(flat.narrow(0, first, Math.Min(Chunk, flat.numel() - first)).bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
