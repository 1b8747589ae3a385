using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>Attention alone, on views of a packed projection <c>[B, L, 3, H, D]</c> as models hand them over.</summary>
internal sealed class KernelCase : IAttentionBenchmarkCase
{
    private const int TextTokens = 256;

    private readonly Func<AttentionBenchmarkSetting, AttentionInput> _make;
    private readonly Action<IAttentionKernel, AttentionInput, AttentionWindow> _compute;
    private readonly Func<SiteShape, long> _multiplyAccumulates;

    private KernelCase(
        string strategy,
        Func<AttentionBenchmarkSetting, AttentionInput> make,
        Action<IAttentionKernel, AttentionInput, AttentionWindow> compute,
        Func<SiteShape, long> multiplyAccumulates)
    {
        Strategy = strategy;
        _make = make;
        _compute = compute;
        _multiplyAccumulates = multiplyAccumulates;
    }

    /// <summary>
    /// `full`, `wa`, and both in one pass, which counts the operations of `full`: the window in it is to cost nothing. Further `arrow` (a window, and
    /// 256 text tokens that see all and are seen by all), `joint` (all of these among themselves), `masked` (every fourth key left out), `grouped`
    /// (keys and values of one head for all) and `cross-77`, `cross-300` (that many keys of a context).
    /// </summary>
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        new("full", Packed, Full, shape => shape.FullAttention),
        new("wa", Packed, Window, shape => shape.WindowAttention),
        new(
            "full+wa",
            Packed,
            (kernel, input, window) =>
            {
                var (full, residual) = kernel.FullWithResidual(input, window);
                full.Dispose();
                residual.Dispose();
            },
            shape => shape.FullAttention),
        new(
            "arrow",
            Joint,
            Window,
            shape => 2 * shape.Width * shape.Batch * (shape.WindowPairs + (2 * TextTokens * shape.Tokens) + (TextTokens * TextTokens))),
        new("joint", Joint, Full, shape => (shape with { Tokens = shape.Tokens + TextTokens }).FullAttention),
        new("masked", Masked, Full, shape => 2 * shape.Width * shape.Batch * shape.Tokens * CountTaken(shape.Tokens)),
        new("grouped", Grouped, Full, shape => shape.FullAttention),
        Cross(77),
        Cross(300),
    ];

    public string Strategy { get; }

    public string Layer => "kernel";

    public IAttentionMeasurement Prepare(AttentionBenchmarkSetting setting) => new Measurement(this, setting);

    private static void Full(IAttentionKernel kernel, AttentionInput input, AttentionWindow window) => kernel.Full(input).Dispose();

    private static void Window(IAttentionKernel kernel, AttentionInput input, AttentionWindow window) => kernel.Window(input, window).Dispose();

    private static KernelCase Cross(int keys) => new(
        $"cross-{keys}",
        setting =>
        {
            var shape = setting.Shape;
            using var query = Random(setting, shape.Tokens, 1, shape.Heads);
            using var context = Random(setting, keys, 2, shape.Heads);
            return new AttentionInput(query.select(2, 0), context.select(2, 0), context.select(2, 1));
        },
        Full,
        shape => 2 * shape.Width * shape.Batch * shape.Tokens * keys);

    private static AttentionInput Packed(AttentionBenchmarkSetting setting) => Packed(setting, setting.Shape.Tokens);

    private static AttentionInput Packed(AttentionBenchmarkSetting setting, long tokens)
    {
        using var packed = Random(setting, tokens, 3, setting.Shape.Heads);
        return new AttentionInput(packed.select(2, 0), packed.select(2, 1), packed.select(2, 2));
    }

    private static AttentionInput Joint(AttentionBenchmarkSetting setting) => Packed(setting, setting.Shape.Tokens + TextTokens) with
    {
        Layout = default(TokenLayout).WithText(TextTokens, first: false),
    };

    private static AttentionInput Masked(AttentionBenchmarkSetting setting)
    {
        using var positions = torch.arange(0, setting.Shape.Tokens, torch.ScalarType.Int64, setting.Device);
        using var inGroup = positions.remainder(4);
        using var taken = inGroup.ne(3);
        return Packed(setting) with { KeyMask = taken.repeat(setting.Shape.Batch, 1) };
    }

    private static AttentionInput Grouped(AttentionBenchmarkSetting setting)
    {
        using var query = Random(setting, setting.Shape.Tokens, 1, setting.Shape.Heads);
        using var shared = Random(setting, setting.Shape.Tokens, 2, 1);
        return new AttentionInput(query.select(2, 0), shared.select(2, 0), shared.select(2, 1));
    }

    private static long CountTaken(long tokens) => tokens - (tokens / 4);

    // [B, L, n, H, D] -> [B, H, n, L, D]
    private static torch.Tensor Random(AttentionBenchmarkSetting setting, long tokens, int parts, long heads)
    {
        using var random = torch.randn([setting.Shape.Batch, tokens, parts, heads, setting.Shape.HeadWidth], torch.ScalarType.Float32, torch.CPU);
        using var typed = random.to(setting.Dtype, setting.Device);
        return typed.transpose(1, 3);
    }

    private sealed class Measurement : IAttentionMeasurement
    {
        private readonly KernelCase _case;
        private readonly AttentionBenchmarkSetting _setting;
        private readonly AttentionInput _input;
        private readonly AttentionWindow _window;

        public Measurement(KernelCase @case, AttentionBenchmarkSetting setting)
        {
            _case = @case;
            _setting = setting;
            _input = @case._make(setting);
            _window = AttentionWindow.Tokens(checked((int)setting.Shape.Window));
        }

        // The default is a choice: the one it makes for these tensors is what counts.
        public string Kernel => ReferenceEquals(_setting.Kernel, AttentionKernels.Default) ? AttentionKernels.For(_input).Name : _setting.Kernel.Name;

        public double Flops => 2.0 * _case._multiplyAccumulates(_setting.Shape);

        public void Compute()
        {
            _case._compute(_setting.Kernel, _input, _window);
            if (_setting.Device.type == DeviceType.CUDA)
            {
                torch.cuda.synchronize(_setting.Device);
            }
        }

        public void Dispose() => _input.Dispose();
    }
}
