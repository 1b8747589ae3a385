using TorchSharp;

namespace DiTFastAttn.Runs;

/// <summary>The model's kernel as strategies of a run see it: what it is given is counted for the site that is being computed.</summary>
internal sealed class CountingKernel(IAttentionKernel kernel, SiteCounts counts) : IAttentionKernel
{
    public string Name => kernel.Name;

    public bool Supports(in AttentionInput input) => kernel.Supports(input);

    public torch.Tensor Full(in AttentionInput input, AttentionWindow? window = null)
    {
        counts.AddAttention(input, AllPairs(input));
        return kernel.Full(input, window);
    }

    public torch.Tensor Window(in AttentionInput input, AttentionWindow window, torch.Tensor? residual = null)
    {
        counts.AddAttention(input, window.CountPairs(input.Tokens, input.Layout));
        return kernel.Window(input, window, residual);
    }

    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        counts.AddAttention(input, AllPairs(input));
        counts.AddRefresh(input, window.CountPairs(input.Tokens, input.Layout));
        return kernel.FullWithResidual(input, window);
    }

    private static long AllPairs(in AttentionInput input) => input.Tokens * input.Key.size(2);
}
