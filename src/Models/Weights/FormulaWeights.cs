using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Reproducible weights without a download: formula <c>fnv-splitmix/1</c>, a hash of the parameter's name and of each
/// element's index, scaled so that activations keep their size. Reference implementations filled the same way give
/// comparable outputs.
/// </summary>
internal static class FormulaWeights
{
    private const int Chunk = 1 << 16;

    /// <summary>Fills parameters of a module by the formula.</summary>
    /// <param name="module">The module; float32 on the CPU.</param>
    /// <param name="names">The parameters and buffers to fill, or <see langword="null"/> for all parameters that are trained.</param>
    /// <param name="scale">Factors for parameters whose names end so, applied after the formula.</param>
    /// <exception cref="ArgumentException">The module has nothing of a given name.</exception>
    public static void Fill(
        nn.Module module, IEnumerable<string>? names = null, IReadOnlyList<(string Suffix, float Factor)>? scale = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        var tensors = module.state_dict();
        foreach (var name in names ?? module.named_parameters().Where(p => p.parameter.requires_grad).Select(p => p.name))
        {
            if (!tensors.TryGetValue(name, out var parameter))
            {
                throw new ArgumentException($"the module '{module.GetName()}' has no parameter or buffer '{name}' to fill.", nameof(names));
            }

            var factor = 1f;
            foreach (var (suffix, value) in scale ?? [])
            {
                if (name.EndsWith(suffix, StringComparison.Ordinal))
                {
                    factor *= value;
                }
            }

            Fill(parameter, name, factor);
        }
    }

    /// <summary>Fills one tensor by the formula.</summary>
    /// <param name="tensor">Float32, contiguous, on the CPU.</param>
    /// <param name="name">The parameter's name: it seeds the values and, with the shape, decides their range.</param>
    /// <param name="factor">Multiplies every element after the formula.</param>
    public static void Fill(Tensor tensor, string name, float factor = 1)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(name);
        var (gain, offset) = Range(tensor.shape, name);
        var seed = Fnv1a(name);
        using var detached = tensor.detach();
        using var flat = detached.view(-1);
        var elements = flat.numel();
        Parallel.For(0, (elements + Chunk - 1) / Chunk, index =>
        {
            var begin = index * Chunk;
            using var part = flat.narrow(0, begin, Math.Min(Chunk, elements - begin));
            Fill(MemoryMarshal.Cast<byte, float>(part.bytes), seed + (ulong)begin, gain, offset, factor);
        });
    }

    private static (float Gain, float Offset) Range(long[] shape, string name)
    {
        if (shape.Length >= 2)
        {
            var fanIn = shape[1..].Aggregate(1L, (product, size) => product * size);
            return ((float)Math.Sqrt(3.0 / fanIn), 0);
        }

        var isScale = shape.Length == 1
            && (name.EndsWith("weight", StringComparison.Ordinal) || name.EndsWith("running_var", StringComparison.Ordinal));
        return (0.1f, isScale ? 1 : 0);
    }

    private static void Fill(Span<float> target, ulong start, float gain, float offset, float factor)
    {
        for (var i = 0; i < target.Length; i++)
        {
            var z = start + (ulong)i + 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;

            // 24 bits over 2^23, minus one: exact in float32, in [-1, 1).
            var u = ((int)(z >> 40) * (1f / (1 << 23))) - 1f;
            target[i] = (offset + (gain * u)) * factor;
        }
    }

    private static ulong Fnv1a(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        return hash;
    }
}
