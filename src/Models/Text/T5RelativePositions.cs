using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>
/// T5's relative position bias: one number a head for each bucket of distances d = key − query. Short distances have a bucket of their own,
/// longer ones share logarithmically wider ones (Raffel et al. 2020, arXiv 1910.10683, section 2.1).
/// </summary>
internal sealed class T5RelativePositions : Module<long, Tensor>
{
    private readonly Parameter weight;
    private readonly int _buckets;
    private readonly int _maxDistance;

    public T5RelativePositions(T5Config config, ScalarType dtype, Device? device)
        : base(nameof(T5RelativePositions))
    {
        _buckets = config.RelativeAttentionNumBuckets;
        _maxDistance = config.RelativeAttentionMaxDistance;
        weight = Parameter(zeros(_buckets, config.NumHeads, dtype, device));
        RegisterComponents();
    }

    /// <summary>The bias <c>[1, H, L, L]</c> of so many tokens; the caller owns it.</summary>
    public override Tensor forward(long tokens)
    {
        using var scope = NewDisposeScope();
        var distances = new long[(2 * tokens) - 1];
        for (var i = 0; i < distances.Length; i++)
        {
            distances[i] = Bucket(i - (tokens - 1), _buckets, _maxDistance);
        }

        // Row i of the scores holds the distances -i … L-1-i: a window of the list that slides by one.
        var bias = weight.index_select(0, tensor(distances, device: weight.device)).t().contiguous(); // [H, 2L-1]
        var rows = bias.unfold(1, tokens, 1).flip(1); // [H, L, L]
        return rows.unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The bucket of a distance, in float32 as the reference computes it.</summary>
    /// <param name="distance">key − query, in tokens.</param>
    /// <param name="buckets">Buckets of both directions together.</param>
    /// <param name="maxDistance">Where the last bucket begins at the latest.</param>
    internal static int Bucket(long distance, int buckets, int maxDistance)
    {
        var side = buckets / 2;
        var exact = side / 2;
        var offset = distance > 0 ? side : 0;
        var length = Math.Abs(distance);
        if (length < exact)
        {
            return offset + (int)length;
        }

        // Each step is rounded to float32: in wider arithmetic some distances fall on the other side of a boundary.
        var log = (float)Math.Log((float)length / exact);
        var share = log / (float)Math.Log((double)maxDistance / exact);
        return offset + Math.Min(exact + (int)(share * (side - exact)), side - 1);
    }
}
