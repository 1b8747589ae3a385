using TorchSharp;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>Stops a generation at the first output that is not a number.</summary>
internal sealed class NaNCheckProcessor(string strategy, IAttentionProcessor inner) : DelegatingAttentionProcessor(inner)
{
    public override torch.Tensor Attend(in AttentionCall call)
    {
        var output = base.Attend(call);
        if (!IsFinite(output))
        {
            output.Dispose();
            throw new AttentionNotFiniteException(call.Site.Name, call.Step, strategy, !IsFinite(call.Hidden));
        }

        return output;
    }

    private static bool IsFinite(torch.Tensor tensor)
    {
        using var finite = tensor.isfinite();
        using var all = finite.all();
        return all.item<bool>();
    }
}
