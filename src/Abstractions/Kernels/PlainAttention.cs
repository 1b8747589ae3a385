using TorchSharp;
using static TorchSharp.torch.nn;

namespace DiTFastAttn;

/// <summary>Full attention by libtorch's own operator: what a model computes that nobody attached.</summary>
public static class PlainAttention
{
    /// <summary>softmax(scale · Q·Kᵀ + bias)·V over the keys that take part.</summary>
    /// <param name="input">Queries, keys and values.</param>
    /// <returns>O <c>[B, H, Lq, D]</c>, owned by the caller.</returns>
    public static torch.Tensor Compute(in AttentionInput input)
    {
        if (input is { KeyMask: null, Bias: null, Scale: null } && input.Key.size(1) == input.Query.size(1))
        {
            return functional.scaled_dot_product_attention(input.Query, input.Key, input.Value, is_casual: input.IsCausal);
        }

        using var scope = torch.NewDisposeScope();
        var mask = Mask(input);
        return Compute(input, input.Query, input.Key, input.Value, mask).MoveToOuterDisposeScope();
    }

    /// <summary>Key mask, causality and bias of a call as one mask, or <see langword="null"/> where it has none of them.</summary>
    /// <param name="input">Queries, keys and values.</param>
    /// <returns>
    /// bool (what is seen) or floating point (what is added), broadcastable to <c>[B, H, Lq, Lk]</c>; belongs to the open dispose scope, or is the
    /// call's own bias.
    /// </returns>
    public static torch.Tensor? Mask(in AttentionInput input)
    {
        torch.Tensor? visible = null;
        if (input.KeyMask is { } keys)
        {
            visible = keys.to(torch.ScalarType.Bool).unsqueeze(1).unsqueeze(1); // [B, Lk] -> [B, 1, 1, Lk]
        }

        if (input.IsCausal)
        {
            var past = torch.ones([input.Query.size(2), input.Key.size(2)], torch.ScalarType.Bool, input.Query.device).tril();
            visible = visible is null ? past : visible.logical_and(past);
        }

        if (input.Bias is not { } bias)
        {
            return visible;
        }

        return visible is null ? bias : bias.masked_fill(visible.logical_not(), double.NegativeInfinity);
    }

    /// <summary>Attention of some of a call's queries to some of its keys; scale and groups of heads are the call's.</summary>
    /// <param name="input">The call.</param>
    /// <param name="query"><c>[B, H, q, D]</c></param>
    /// <param name="key"><c>[B, G, k, D]</c></param>
    /// <param name="value"><c>[B, G, k, D]</c></param>
    /// <param name="mask">bool or floating point, broadcastable to <c>[B, H, q, k]</c>, or none.</param>
    /// <returns><c>[B, H, q, D]</c>; what is made on the way belongs to the open dispose scope.</returns>
    public static torch.Tensor Compute(in AttentionInput input, torch.Tensor query, torch.Tensor key, torch.Tensor value, torch.Tensor? mask)
    {
        if (input.Scale is { } scale)
        {
            // The operator's own factor is 1/√D.
            query *= scale * Math.Sqrt(query.size(3));
        }

        var group = query.size(1) / key.size(1);
        if (group > 1)
        {
            key = key.repeat_interleave(group, 1); // [B, G, Lk, D] -> [B, H, Lk, D]
            value = value.repeat_interleave(group, 1);
        }

        return functional.scaled_dot_product_attention(query, key, value, mask);
    }
}
