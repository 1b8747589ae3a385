using TorchSharp;

namespace DiTFastAttn.Cli.Study;

/// <summary>Looks at the attention of the sites that plans compress.</summary>
internal sealed class ObservingProcessor(IAttentionProcessor inner, SeenAttention seen) : DelegatingAttentionProcessor(inner)
{
    /// <inheritdoc/>
    public override torch.Tensor Attend(in AttentionCall call)
    {
        var output = base.Attend(call);
        if (Array.IndexOf(seen.Sites, call.Site.Index) >= 0)
        {
            seen.Look(call, output);
        }

        return output;
    }
}
