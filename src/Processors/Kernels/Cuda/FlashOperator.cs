using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda;

/// <summary><c>aten::_flash_attention_forward</c>, called by its name.</summary>
/// <param name="call">
/// The call: query, key, value, the longest query and key, scale, keys before and behind; <see langword="null"/> where this libtorch has none. Results as
/// <see cref="IFlashOperator.Attend"/> gives them.
/// </param>
internal sealed class FlashOperator(FlashCall? call) : IFlashOperator
{
    private const int ProbeWidth = 64;
    private const int ProbeLength = 16;

    // By device: what one call there has shown.
    private readonly ConcurrentDictionary<int, bool> _served = new();

    /// <summary>The operator of the libtorch at work.</summary>
    public static FlashOperator Libtorch { get; } = new(
#if TORCHSHARP
        StableFlash.Libtorch is { } stable ? stable.Call : null
#else
        TorchSharp.Binding.FlashAttention.Forward
#endif
        );

    /// <inheritdoc/>
    public bool Serves(torch.Device device)
        => call is not null && device.type == DeviceType.CUDA && _served.GetOrAdd(device.index, static (index, self) => self.Probe(index), this);

    /// <inheritdoc/>
    public (torch.Tensor Output, torch.Tensor LogSum) Attend(
        torch.Tensor query, torch.Tensor key, torch.Tensor value, double scale, long before, long after)
        => call!(query, key, value, query.size(1), key.size(1), scale, before, after);

    // Versions before 2.5 have no windows in it and devices before Ampere no flash attention: which, one small call tells best.
    private bool Probe(int index)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        try
        {
            var probe = torch.zeros([1, ProbeLength, 1, ProbeWidth], torch.ScalarType.Float16, new torch.Device(DeviceType.CUDA, index));
            var (output, _) = Attend(probe, probe, probe, 1, 1, 1);
            torch.cuda.synchronize(probe.device);
            return output.shape.AsSpan().SequenceEqual(probe.shape);
        }
        catch (Exception error) when (error is ExternalException or NotSupportedException)
        {
            return false;
        }
    }
}
