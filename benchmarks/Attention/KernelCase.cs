using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>Attention alone, on views of a packed projection <c>[B, L, 3, H, D]</c> as models hand them over.</summary>
internal sealed class KernelCase : IAttentionBenchmarkCase
{
    private readonly Action<IAttentionKernel, Inputs> _compute;
    private readonly Func<SiteShape, long> _multiplyAccumulates;

    private KernelCase(
        string strategy, Action<IAttentionKernel, Inputs> compute, Func<SiteShape, long> multiplyAccumulates)
    {
        Strategy = strategy;
        _compute = compute;
        _multiplyAccumulates = multiplyAccumulates;
    }

    /// <summary>`full`, `wa`, and both in one pass, which counts the operations of `full`: the window in it is to cost nothing.</summary>
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        new("full", (kernel, x) => kernel.Full(x.Attention).Dispose(), shape => shape.FullAttention),
        new("wa", (kernel, x) => kernel.Window(x.Attention, x.Window).Dispose(), shape => shape.WindowAttention),
        new(
            "full+wa",
            (kernel, x) =>
            {
                var (full, residual) = kernel.FullWithResidual(x.Attention, x.Window);
                full.Dispose();
                residual.Dispose();
            },
            shape => shape.FullAttention),
    ];

    public string Strategy { get; }

    public string Layer => "kernel";

    public IAttentionMeasurement Prepare(AttentionBenchmarkSetting setting) => new Measurement(this, setting);

    private sealed class Measurement : IAttentionMeasurement
    {
        private readonly KernelCase _case;
        private readonly AttentionBenchmarkSetting _setting;
        private readonly Inputs _inputs;

        public Measurement(KernelCase @case, AttentionBenchmarkSetting setting)
        {
            _case = @case;
            _setting = setting;
            _inputs = new Inputs(setting);
        }

        // The default is a choice: the one it makes for these tensors is what counts.
        public string Kernel => ReferenceEquals(_setting.Kernel, AttentionKernels.Default)
            ? AttentionKernels.For(_inputs.Attention).Name
            : _setting.Kernel.Name;

        public double Flops => 2.0 * _case._multiplyAccumulates(_setting.Shape);

        public void Compute()
        {
            _case._compute(_setting.Kernel, _inputs);
            if (_setting.Device.type == DeviceType.CUDA)
            {
                torch.cuda.synchronize(_setting.Device);
            }
        }

        public void Dispose() => _inputs.Dispose();
    }

    private sealed class Inputs : IDisposable
    {
        public Inputs(AttentionBenchmarkSetting setting)
        {
            using var scope = torch.NewDisposeScope();
            var shape = setting.Shape;
            // [B, L, 3, H, D] -> [B, H, 3, L, D] -> three times [B, H, L, D]
            var packed = torch.randn([shape.Batch, shape.Tokens, 3, shape.Heads, shape.HeadWidth], torch.ScalarType.Float32, torch.CPU)
                .to(setting.Dtype, setting.Device).transpose(1, 3);
            Attention = new AttentionInput(
                packed.select(2, 0).DetachFromDisposeScope(), packed.select(2, 1).DetachFromDisposeScope(), packed.select(2, 2).DetachFromDisposeScope());
            Window = AttentionWindow.Tokens(checked((int)shape.Window));
        }

        public AttentionInput Attention { get; }

        public AttentionWindow Window { get; }

        public void Dispose() => Attention.Dispose();
    }
}
