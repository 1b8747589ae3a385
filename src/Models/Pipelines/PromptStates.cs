using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Encoded prompts, as long as each is: a run of thousands of prompts keeps no padding.</summary>
internal sealed class PromptStates : IDisposable
{
    private readonly Dictionary<string, Tensor> _states = new(StringComparer.Ordinal);

    /// <summary>Whether a prompt is here.</summary>
    public bool Has(string prompt) => _states.ContainsKey(prompt);

    /// <summary>Takes a prompt's states <c>[1, n, c]</c> over.</summary>
    public void Add(string prompt, Tensor states) => _states.Add(prompt, states);

    /// <summary>Tokens of the longest of some prompts.</summary>
    public long Longest(IEnumerable<string> prompts) => prompts.Max(prompt => _states[prompt].shape[1]);

    /// <summary>Captions of a batch, padded to one length; in the open dispose scope.</summary>
    /// <param name="prompts">The batch's prompts.</param>
    /// <param name="length">Tokens, at least those of the longest.</param>
    public PixArtCaptions Together(IReadOnlyList<string> prompts, long length)
    {
        var first = _states[prompts[0]];
        var states = zeros([prompts.Count, length, first.shape[2]], first.dtype, first.device);
        var mask = zeros([prompts.Count, length], ScalarType.Int64, first.device);
        for (var i = 0; i < prompts.Count; i++)
        {
            var tokens = _states[prompts[i]].shape[1];
            states.select(0, i).narrow(0, 0, tokens).copy_(_states[prompts[i]].select(0, 0));
            mask.select(0, i).narrow(0, 0, tokens).fill_(1);
        }

        return new PixArtCaptions(states, mask);
    }

    /// <summary>Frees the states.</summary>
    public void Dispose()
    {
        foreach (var states in _states.Values)
        {
            states.Dispose();
        }
    }
}
