using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda;

/// <summary>libtorch's flash attention (Dao 2023), which knows windows along a sequence and gives the sums of its weights.</summary>
internal interface IFlashOperator
{
    /// <summary>Whether it runs there: the libtorch has it with windows, and the device is new enough.</summary>
    bool Serves(torch.Device device);

    /// <summary>Attention of the queries i to the keys j with −before ≤ j − i ≤ after, counted from the ends of both.</summary>
    /// <param name="query"><c>[B, Lq, H, D]</c>, float16 or bfloat16, D a multiple of 8 up to 256.</param>
    /// <param name="key"><c>[B, Lk, G, D]</c>, G a divisor of H.</param>
    /// <param name="value"><c>[B, Lk, G, D]</c></param>
    /// <param name="scale">Factor of Q·Kᵀ.</param>
    /// <param name="before">Keys before the query, or −1 for all.</param>
    /// <param name="after">Keys behind the query, or −1 for all.</param>
    /// <returns>O <c>[B, Lq, H, D]</c>, and the logarithm of the sum of weights e^score <c>[B, H, Lq]</c> in float32; the caller owns both.</returns>
    (torch.Tensor Output, torch.Tensor LogSum) Attend(torch.Tensor query, torch.Tensor key, torch.Tensor value, double scale, long before, long after);
}
