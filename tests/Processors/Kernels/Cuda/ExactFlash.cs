using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda.Tests;

/// <summary>What libtorch's operator is documented to give, pair by pair on any device: what is composed of it can be tested without a GPU.</summary>
internal sealed class ExactFlash : IFlashOperator
{
    public int Calls { get; private set; }

    public bool Serves(torch.Device device) => true;

    public (torch.Tensor Output, torch.Tensor LogSum) Attend(
        torch.Tensor query, torch.Tensor key, torch.Tensor value, double scale, long before, long after)
    {
        Calls++;
        (query.size(3) % 8).ShouldBe(0);
        query.stride(3).ShouldBe(1);
        using var scope = torch.NewDisposeScope();
        var group = query.size(2) / key.size(2);
        var (queries, keys) = (query.size(1), key.size(1));
        // [B, L, H, D] -> [B, H, L, D]
        var q = query.to(torch.ScalarType.Float32).transpose(1, 2) * scale;
        var k = key.to(torch.ScalarType.Float32).transpose(1, 2).repeat_interleave(group, 1);
        var v = value.to(torch.ScalarType.Float32).transpose(1, 2).repeat_interleave(group, 1);
        var ahead = torch.arange(0, keys).unsqueeze(0) - torch.arange(0, queries).unsqueeze(1) - (keys - queries);
        var hidden = (ahead.lt(-before).logical_and(torch.tensor(before >= 0))).logical_or(ahead.gt(after).logical_and(torch.tensor(after >= 0)));
        var scores = q.matmul(k.transpose(2, 3)).masked_fill(hidden, double.NegativeInfinity);
        var sum = scores.logsumexp(3);
        var output = scores.softmax(3).matmul(v).transpose(1, 2).to(query.dtype);
        return (output.MoveToOuterDisposeScope(), sum.MoveToOuterDisposeScope());
    }
}
