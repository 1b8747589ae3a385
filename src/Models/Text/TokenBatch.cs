using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Tokens of several texts, padded to one length. The tensors belong to whoever has the batch.</summary>
/// <param name="Ids">Token ids <c>[B, L]</c>, int64.</param>
/// <param name="Mask"><c>[B, L]</c>, int64: 1 for tokens, 0 for padding.</param>
/// <param name="Warnings">One line for each text that was cut off; empty where none was.</param>
public sealed record TokenBatch(Tensor Ids, Tensor Mask, IReadOnlyList<string> Warnings) : IDisposable
{
    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Ids.Dispose();
        Mask.Dispose();
    }

    /// <summary>Pads lists of ids on the right.</summary>
    internal static TokenBatch Of(IReadOnlyList<IReadOnlyList<int>> rows, int length, int padding, IReadOnlyList<string> warnings)
    {
        var ids = new long[rows.Count * length];
        var mask = new long[ids.Length];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < length; i++)
            {
                var isToken = i < rows[row].Count;
                ids[(row * length) + i] = isToken ? rows[row][i] : padding;
                mask[(row * length) + i] = isToken ? 1 : 0;
            }
        }

        using var flatIds = tensor(ids);
        using var flatMask = tensor(mask);
        return new TokenBatch(flatIds.view(rows.Count, length), flatMask.view(rows.Count, length), warnings);
    }

    /// <summary>What is said of a text that was cut off.</summary>
    internal static string CutOff(string text, int tokens, int kept, string rest)
    {
        return $"the prompt \"{Line(text, 20)}\" has {tokens} tokens, of which the first {kept} are used; left out: \"{Line(rest, 60)}\"";

        static string Line(string text, int shown)
        {
            var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
            return line.Length > shown ? line[..shown] + "…" : line;
        }
    }
}
